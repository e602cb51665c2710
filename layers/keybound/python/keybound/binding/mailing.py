"""Binding links by mail: the job first, then the mail, and an outbox for what goes wrong between.

A job and its entry in the outbox are written together, so whatever happens to the process or the
mail service, a sweep finds the entry, derives the same token and sends the same link. At worst a
person has two mails with one link.
"""

from dataclasses import dataclass, replace
from functools import partial

from keybound.binding.jobs import JobPorts, NewJob, derived_token, judge_new_job, link, new_job
from keybound.binding.ports_mail import LinkMailer, MailLimits, Outbox, OutboxEntry
from keybound.binding.sweeping import MAX_ATTEMPTS, NOT_DUE, Run, SweptMails, delay, sweep
from keybound.domain.binding_job import EMAIL, MAIL_PENDING, BindingJob
from keybound.domain.email_address import is_mailable
from keybound.domain.errors import Conflict, ResourceInfo, Unavailable, UnprocessableEntity
from keybound.domain.identity import Identity
from keybound.domain.mail import Delivery, Sending
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import secret_matches
from keybound.domain.tenancy import RealmPath

NO_ADDRESS = "Identity missing email address"
NOT_MAILABLE = "Identity email address cannot receive mail"
NO_SENDER = "EMAIL is not set up in this deployment"
GAVE_UP = "the mail service took no mail for hours"
ADDRESS_CHANGED = "the address was changed before the mail was sent"
NOT_ACTIVE = "the identity was not active when the mail was due"


@dataclass(frozen=True)
class MailPorts:
    """What mailing links works on. mailer: None in a deployment without a sender."""

    mailer: LinkMailer | None
    limits: MailLimits
    outbox: Outbox


@dataclass(frozen=True)
class Mailed:
    """A job whose mail was tried, and what became of the mail."""

    job: BindingJob
    sending: Sending


def create_email_job(
    ports: JobPorts,
    mail: MailPorts,
    identity: Identity,
    new: NewJob,
    receipt: Receipt[Mailed] = no_receipt,
) -> Mailed:
    """Store a job of delivery method EMAIL and mail its link. The receipt is for the job as it is
    stored, before anybody knows what becomes of its mail.

    Raises what a job of RETURN raises; UnprocessableEntity for an identity without an address that
    can be mailed, or a deployment without a sender; TooManyRequests.
    """
    config = judge_new_job(ports, identity, new)
    mailer = admitted(ports, mail, identity)
    job, token = new_job(ports, identity, config, new)
    job = replace(job, delivery_method=EMAIL, recipient=identity.email, mail_state=MAIL_PENDING)
    stored = Mailed(job, Sending(Delivery.UNDECIDED, ""))
    if not ports.jobs.create(job, receipt(stored)):
        raise Conflict("the identity is not active, or its address has just changed")
    return send(ports, mail, mailer, job, identity, token)


def sweep_outbox(ports: JobPorts, mail: MailPorts, run: Run) -> SweptMails:
    """Send what is due. Safe to run twice at once: an entry is claimed before it is sent."""

    def see_to(entry: OutboxEntry) -> str:
        now = ports.clock()
        if entry.due > now or not mail.outbox.claim(entry, now + delay(entry.attempts)):
            return NOT_DUE
        return _send_again(ports, mail, entry)

    return sweep(lambda shard: partial(mail.outbox.waiting, shard), mail.outbox.shards, see_to, run)


def admitted(ports: JobPorts, mail: MailPorts, identity: Identity) -> LinkMailer:
    """Return what mails a link to the identity, and count that mail. Raises UnprocessableEntity,
    TooManyRequests."""
    about = ResourceInfo("Identity", identity.id, "")
    if not identity.email:
        raise UnprocessableEntity(NO_ADDRESS, resource=replace(about, description=NO_ADDRESS))
    if not is_mailable(identity.email):
        raise UnprocessableEntity(NOT_MAILABLE, resource=replace(about, description=NOT_MAILABLE))
    if mail.mailer is None:
        nowhere = ResourceInfo("CredentialBindingJob", "", NO_SENDER)
        raise UnprocessableEntity(NO_SENDER, resource=nowhere)
    path = RealmPath(identity.tenant_id, identity.realm_id)
    mail.limits.admit(path, identity.email, ports.clock())
    return mail.mailer


def send(
    ports: JobPorts,
    mail: MailPorts,
    mailer: LinkMailer,
    job: BindingJob,
    identity: Identity,
    token: str,
) -> Mailed:
    """Send, and note what became of it. The job is stored by now, so nothing that fails here is
    the caller's to repeat: the outbox has it."""
    try:
        sending = mailer.send(job, identity, link(ports.auth_base_url, job, token))
        if sending.delivery is Delivery.ACCEPTED:
            job = mail.outbox.accepted(job)
        elif sending.delivery is Delivery.REFUSED:
            reason = f"the mail service refused: {sending.reason}"
            job = mail.outbox.failed(job, reason, ports.clock())
    except Unavailable as failure:
        sending = Sending(Delivery.UNDECIDED, failure.detail)
    return Mailed(job, sending)


def _send_again(ports: JobPorts, mail: MailPorts, entry: OutboxEntry) -> str:
    found, now = mail.outbox.find(entry), ports.clock()
    if found is None or found[0].mail_state != MAIL_PENDING or not found[0].is_open(now):
        mail.outbox.remove(entry)
        return "dropped"
    job, identity = found
    if reason := _hopeless(job, identity, entry):
        mail.outbox.failed(job, reason, now)
        return "failed"
    token = derived_token(ports, job)
    if mail.mailer is None or not secret_matches(token, job.token_hash):
        return "delayed"
    sending = send(ports, mail, mail.mailer, job, identity, token).sending
    names = {Delivery.ACCEPTED: "sent", Delivery.REFUSED: "failed"}
    return names.get(sending.delivery, "delayed")


def _hopeless(job: BindingJob, identity: Identity, entry: OutboxEntry) -> str:
    if not identity.is_active:
        return NOT_ACTIVE
    if identity.email != job.recipient:
        return ADDRESS_CHANGED
    return GAVE_UP if entry.attempts >= MAX_ATTEMPTS else ""
