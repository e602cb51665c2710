"""What the cleanup needs from storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

HasTime = Callable[[], bool]


@dataclass(frozen=True)
class Due:
    """An entry of the index: where an item is, and since when (epoch s) it has been due. `epk` and
    `esk` are the entry's own key."""

    pk: str
    sk: str
    epk: str
    esk: str
    since: int


class Settled(Enum):
    """How it went with one entry.

    DONE: by this call. GONE: there was nothing to do, because the item was done already, or has
    changed. LEFT: held by somebody else just then, or out of time. FAILED: storage failed.
    """

    DONE = "done"
    GONE = "gone"
    LEFT = "left"
    FAILED = "failed"


class DueItems(Protocol):
    """Items of one kind by the moment they are due, spread over `shards` partitions."""

    @property
    def shards(self) -> int: ...

    def page(self, shard: int, now: int, after: Due | None, limit: int) -> Sequence[Due]:
        """Return what seems due by `now`, oldest first, from behind `after` on; fewer than `limit`
        only when there is no more. The index may be behind. Raises Unavailable."""

    def settle(self, entries: Sequence[Due], now: int, has_time: HasTime) -> Sequence[Settled]:
        """Do what is due to each, in order, each on condition that it still is.

        Of any number of callers exactly one gets DONE for an entry, but for answers that were
        lost. Begins no call once `has_time()` is false.
        """
