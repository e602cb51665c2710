"""What batches need from storage. Every read is consistent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from keybound.domain.binding_batch import BatchProgress, BatchResult, BindingBatch
from keybound.domain.identity import Identity
from keybound.domain.ids import BatchId, IdentityId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath


class Batches(Protocol):
    """Batches, as management sees them."""

    def create(self, batch: BindingBatch, also: Writes = ()) -> None:
        """Store the batch, its place in the queue and `also`, and count its identities as queued.
        Raises TooManyRequests when the realm's queue has no room for all of them, Unavailable."""

    def find(self, path: RealmPath, batch_id: BatchId, now: int) -> BatchProgress | None:
        """Return a batch that can still be read, or None."""


@dataclass(frozen=True)
class QueuedBatch:
    """A batch's place in the queue. due: epoch seconds; claims: how often it was taken."""

    path: RealmPath
    batch_id: BatchId
    due: int
    claims: int


class BatchQueue(Protocol):
    """Batches that are not done. A batch leaves the realm's count one identity at a time, in the
    write that ends the identity's result."""

    def waiting(self) -> Sequence[QueuedBatch]: ...

    def claim(self, place: QueuedBatch, until: int) -> QueuedBatch | None:
        """Take the batch until then; of any number of callers exactly one gets it."""

    def give_back(self, place: QueuedBatch, due: int) -> None:
        """Let it be taken from `due` on, unless somebody took it over meanwhile."""

    def remove(self, place: QueuedBatch) -> None: ...

    def find(self, path: RealmPath, batch_id: BatchId, now: int) -> BatchProgress | None: ...

    def ending(self, batch: BindingBatch, result: BatchResult) -> Writes:
        """Return the writes that end an identity's result; they fail if it has ended."""

    def end(self, batch: BindingBatch, result: BatchResult) -> bool:
        """End a result by itself. False if it had ended before."""

    def note(self, batch: BindingBatch, result: BatchResult) -> bool:
        """Store what stood against a try. False if the result has ended."""


class Owners(Protocol):
    """Identities, found one at a time."""

    def find(self, path: RealmPath, identity_id: IdentityId) -> Identity | None: ...
