"""The cleanup: jobs past their time are closed, and jobs that ended long ago removed.

Housekeeping only: nothing past its time is honoured whether or not this ran. A run keeps no place
to go on from: what is settled leaves the index, so the next run begins with what is left.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keybound.binding.ports_expiry import Due, DueItems, HasTime, Settled
from keybound.domain.errors import Unavailable

PAGE = 50
MAX_ENTRIES = 200_000


@dataclass(frozen=True)
class Bounds:
    """How far one run goes: entries looked at, and time left."""

    has_time: HasTime
    entries: int = MAX_ENTRIES


@dataclass
class Tally:
    """What one run did. done: entries settled, by kind. passed_over: already settled by others, or
    changed. left: held by somebody else, or time was over. failed: calls that storage refused.
    lag_s: for how long the oldest entry that this run leaves has been due, 0 when it leaves none.
    finished: whether every entry was looked at."""

    done: dict[str, int]
    passed_over: int = 0
    left: int = 0
    failed: int = 0
    lag_s: int = 0
    finished: bool = True

    @property
    def entries(self) -> int:
        return sum(self.done.values()) + self.passed_over + self.left + self.failed


@dataclass
class _Lane:
    """One shard of one kind, and the page that comes next."""

    kind: str
    items: DueItems
    shard: int
    page: Sequence[Due] = field(default=())

    def turn(self, now: int) -> bool:
        """Read the next page, behind the present one; False when there is none."""
        last = self.page[-1] if self.page else None
        if self.page and len(self.page) < PAGE:
            self.page = ()
        else:
            self.page = self.items.page(self.shard, now, last, PAGE)
        return bool(self.page)


def clean_up(kinds: Mapping[str, DueItems], now: int, bounds: Bounds) -> Tally:
    """Settle what is due by `now`, oldest first, a page of each shard in turn, so that no one
    partition takes all the writes.

    A shard whose index cannot be read, or of which a whole page failed, is left to the next run;
    other shards go on. A page that was only passed over is walked past.
    """
    tally = Tally({kind: 0 for kind in kinds})
    lanes = deque(
        lane
        for kind, items in kinds.items()
        for lane in (_Lane(kind, items, shard) for shard in range(items.shards))
        if _turn(lane, now, tally)
    )
    while lanes and bounds.has_time() and tally.entries < bounds.entries:
        lane = lanes.popleft()
        results = lane.items.settle(lane.page, now, bounds.has_time)
        _count(tally, lane, results, now)
        if set(results) != {Settled.FAILED} and _turn(lane, now, tally):
            lanes.append(lane)
    for lane in lanes:
        tally.finished = False
        _lag(tally, lane.page[0], now)
    return tally


def _turn(lane: _Lane, now: int, tally: Tally) -> bool:
    try:
        return lane.turn(now)
    except Unavailable:
        tally.failed += 1
        tally.finished = False
        return False


def _count(tally: Tally, lane: _Lane, results: Sequence[Settled], now: int) -> None:
    tally.done[lane.kind] += results.count(Settled.DONE)
    tally.passed_over += results.count(Settled.GONE)
    tally.left += results.count(Settled.LEFT)
    tally.failed += results.count(Settled.FAILED)
    for entry, result in zip(lane.page, results, strict=True):
        if result in (Settled.LEFT, Settled.FAILED):
            tally.finished = False
            _lag(tally, entry, now)


def _lag(tally: Tally, entry: Due, now: int) -> None:
    tally.lag_s = max(tally.lag_s, now - entry.since)
