"""Tells people by mail that a passkey of theirs was added or removed.

The word is left by the transaction that does it, so nothing that happens is ever untold and
nothing is told that did not happen; a sweep sends it. At worst a person has two mails.
"""

from dataclasses import dataclass
from functools import partial

from keybound.binding.ports_notices import NoticeLimits, NoticeMailer, Notices, WaitingNotice
from keybound.binding.sweeping import MAX_ATTEMPTS, NOT_DUE, Run, SweptMails, delay, sweep
from keybound.domain.clock import Clock
from keybound.domain.errors import TooManyRequests, Unavailable
from keybound.domain.identity import Identity
from keybound.domain.mail import Delivery
from keybound.domain.passkey_notice import PasskeyNotice
from keybound.domain.tenancy import RealmPath

NOTICES_A_DAY = 40
"""To one identity. More than its passkeys, so that adding them all leaves none untold."""


@dataclass(frozen=True)
class NoticePorts:
    """What telling people works on. mailer: None in a deployment without a sender."""

    notices: Notices
    mailer: NoticeMailer | None
    limits: NoticeLimits
    clock: Clock


def sweep_notices(ports: NoticePorts, run: Run) -> SweptMails:
    """Send what is due. Safe to run twice at once: an entry is claimed before it is sent."""
    notices = ports.notices

    def see_to(waiting: WaitingNotice) -> str:
        entry, now = waiting.entry, ports.clock()
        if entry.due > now or not notices.claim(entry, now + delay(entry.attempts)):
            return NOT_DUE
        outcome = _tell(ports, waiting)
        if outcome != "delayed":
            notices.remove(entry)
        return outcome

    return sweep(lambda shard: partial(notices.waiting, shard), notices.shards, see_to, run)


def _tell(ports: NoticePorts, waiting: WaitingNotice) -> str:
    notice, identity = waiting.notice, ports.notices.owner(waiting.notice)
    if identity is None or ports.mailer is None:
        return "dropped"
    if waiting.entry.attempts >= MAX_ATTEMPTS:
        return "failed"
    if not waiting.entry.attempts and not _admitted(ports, notice, identity):
        return "dropped"
    try:
        sending = ports.mailer.send(notice, identity)
    except Unavailable:
        return "delayed"
    names = {Delivery.ACCEPTED: "sent", Delivery.REFUSED: "failed"}
    return names.get(sending.delivery, "delayed")


def _admitted(ports: NoticePorts, notice: PasskeyNotice, identity: Identity) -> bool:
    """Count it by identity where the address is proven, and by mailbox elsewhere: an address that
    nobody has proven may be written into any number of identities, to fill its owner's mailbox."""
    path, now = RealmPath(notice.tenant_id, notice.realm_id), ports.clock()
    try:
        if notice.recipient == identity.verified_email:
            ports.limits.admit_person(path, identity.id, now)
        else:
            ports.limits.admit_recipient(path, notice.recipient, now)
    except TooManyRequests:
        return False
    return True
