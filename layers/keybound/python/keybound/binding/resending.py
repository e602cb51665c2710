"""A new link for a job that is still wanted: the one before opens nothing any more."""

from dataclasses import dataclass, replace

from keybound.binding.adding import AddingProof, check_may_add
from keybound.binding.jobs import JobPorts, derived_token, find_config, get_job, link
from keybound.binding.mailing import MailPorts, admitted, send
from keybound.domain.binding_job import (
    EMAIL,
    FAILED_TO_SEND,
    LINK_SENT,
    MAIL_PENDING,
    OPEN_STATES,
    BindingJob,
)
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.identity import Identity
from keybound.domain.mail import Sending
from keybound.domain.secrets import hash_secret, new_secret
from keybound.domain.tenancy import RealmPath

RESENDABLE = (*OPEN_STATES, FAILED_TO_SEND)
ENDED = "the credential binding job has ended"
NOT_ACTIVE = "the identity is not active, or its address has just changed"


@dataclass(frozen=True)
class Resent:
    """The job as it is now; its link, for RETURN; what became of the mail, for EMAIL."""

    job: BindingJob
    link: str = ""
    sending: Sending | None = None


def resend_job(
    ports: JobPorts,
    mail: MailPorts,
    path: RealmPath,
    identity: Identity,
    job_id: str,
    proof: AddingProof,
) -> Resent:
    """Give the job a new link with a full life, and hand it out as its delivery method says.

    An EMAIL job goes to the address that the identity has now. The new link adds passkeys by this
    caller's proof alone, whatever the one before could. Raises NotFound; Forbidden; Conflict for a
    job that is complete, revoked or past its time, for an identity that is not active, and for the
    loser of two calls at once; what mailing raises.
    """
    before = get_job(ports, path, identity.id, job_id)
    now = ports.clock()
    if before.state not in RESENDABLE or now >= before.expire_time:
        raise Conflict(ENDED)
    if not identity.is_active:
        raise Conflict("the identity is not active")
    config = find_config(ports.configuration, path, before.authenticator_config_id)
    check_may_add(config, identity, proof, now)
    mailer = admitted(ports, mail, identity) if before.delivery_method == EMAIL else None
    after, token = _renewed(ports, before, identity, proof, now)
    if not ports.jobs.renew(before, after):
        raise _lost(ports, path, before)
    if mailer is None:
        return Resent(after, link(ports.auth_base_url, after, token))
    mailed = send(ports, mail, mailer, after, identity, token)
    return Resent(mailed.job, sending=mailed.sending)


def _renewed(
    ports: JobPorts, before: BindingJob, identity: Identity, proof: AddingProof, now: int
) -> tuple[BindingJob, str]:
    by_mail = before.delivery_method == EMAIL
    after = replace(
        before,
        state=LINK_SENT,
        token_version=before.token_version + 1,
        token_nonce=new_secret(ports.randomness),
        derive_kid=ports.tokens.current_kid(),
        expire_time=now + before.lifetime_s,
        update_time=now,
        recipient=identity.email if by_mail else "",
        mail_state=MAIL_PENDING if by_mail else "",
        failure_reason="",
        adding_proof=proof.kind,
        signed_in_at=proof.signed_in_at,
    )
    token = derived_token(ports, after)
    return replace(after, token_hash=hash_secret(token)), token


def _lost(ports: JobPorts, path: RealmPath, before: BindingJob) -> Conflict | NotFound:
    present = get_job(ports, path, before.identity_id, before.id)
    if present.token_version != before.token_version:
        return Conflict("the link was replaced at the same moment")
    return Conflict(NOT_ACTIVE if present.state == before.state else ENDED)
