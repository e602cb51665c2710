"""What telling people about their passkeys needs: a mail service, limits, and an outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from keybound.binding.ports_mail import OutboxEntry
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.mail import Sending
from keybound.domain.passkey_notice import PasskeyNotice
from keybound.domain.tenancy import RealmPath
from keybound.domain.turns import Waiting


@dataclass(frozen=True)
class WaitingNotice:
    """A notice that is to be sent, and where it is kept."""

    entry: OutboxEntry
    notice: PasskeyNotice


class Notices(Protocol):
    """Notices that may not have been sent yet, spread over `shards` partitions."""

    @property
    def shards(self) -> int: ...

    def waiting(self, shard: int, behind: str, most: int) -> Sequence[Waiting[WaitingNotice]]: ...

    def claim(self, entry: OutboxEntry, until: int) -> bool:
        """Take the entry until then, counting one attempt more; of any number of callers exactly
        one gets True."""

    def owner(self, notice: PasskeyNotice) -> Identity | None:
        """Return whose passkey it is; None when that identity is gone."""

    def remove(self, entry: OutboxEntry) -> None: ...


class NoticeMailer(Protocol):
    def send(self, notice: PasskeyNotice, identity: Identity) -> Sending:
        """Send it to `notice.recipient` and say what became of it. Raises Unavailable when the
        mail cannot be written; never raises for what the mail service does."""


class NoticeLimits(Protocol):
    """How many notices may go out in a day (UTC). Both raise TooManyRequests."""

    def admit_person(self, path: RealmPath, identity_id: IdentityId, now: int) -> None:
        """Count one to an identity."""

    def admit_recipient(self, path: RealmPath, address: str, now: int) -> None:
        """Count one to a mailbox."""
