"""What mailing a link needs: a mail service, limits, and an outbox that outlives the process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from keybound.domain.binding_job import BindingJob
from keybound.domain.identity import Identity
from keybound.domain.mail import Sending
from keybound.domain.tenancy import RealmPath
from keybound.domain.turns import Waiting


class LinkMailer(Protocol):
    """Writes and sends the mail that carries a link."""

    def send(self, job: BindingJob, identity: Identity, link: str) -> Sending:
        """Send it to `job.recipient` and say what became of it. Raises Unavailable when the mail
        cannot be written; never raises for what the mail service does."""


class MailLimits(Protocol):
    """How many mails may go out in a day (UTC)."""

    def admit(self, path: RealmPath, address: str, now: int) -> None:
        """Count one mail to the address. Raises TooManyRequests, until midnight, when the address
        or the realm has had its share; of any number of callers at once no more pass."""


@dataclass(frozen=True)
class OutboxEntry:
    """Where a mail that is to be sent is kept. due: epoch seconds; attempts: sweeps that tried."""

    pk: str
    sk: str
    due: int
    attempts: int


class Outbox(Protocol):
    """Mails that may not have been sent yet, spread over `shards` partitions."""

    @property
    def shards(self) -> int: ...

    def waiting(self, shard: int, behind: str, most: int) -> Sequence[Waiting[OutboxEntry]]: ...

    def claim(self, entry: OutboxEntry, until: int) -> bool:
        """Take the entry until then, counting one attempt more; of any number of callers exactly
        one gets True."""

    def find(self, entry: OutboxEntry) -> tuple[BindingJob, Identity] | None:
        """Return the entry's job and identity; None unless both exist."""

    def remove(self, entry: OutboxEntry) -> None: ...

    def accepted(self, job: BindingJob) -> BindingJob:
        """Note that the mail service took this job's mail, and return the job as it is then."""

    def failed(self, job: BindingJob, reason: str, now: int) -> BindingJob:
        """End an open job as FAILED_TO_SEND and return it; one that has ended, or whose link was
        replaced, is returned as it is."""
