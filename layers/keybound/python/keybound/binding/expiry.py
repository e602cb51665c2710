"""Closing jobs that are past their time. Housekeeping only: nothing past its time is honoured
whether or not this ran."""

from collections.abc import Callable
from dataclasses import dataclass

from keybound.binding.ports import Expiry
from keybound.domain.clock import Clock

BATCH = 50


@dataclass(frozen=True)
class Swept:
    """closed: jobs moved to EXPIRED. passed_over: found by the index, but ended or in use.
    finished: whether every shard was looked through before time ran out."""

    closed: int
    passed_over: int
    finished: bool


def close_expired_jobs(expiry: Expiry, clock: Clock, has_time: Callable[[], bool]) -> Swept:
    """Close what is past its time, batch by batch, while `has_time()`.

    Stopping anywhere is safe: the next run finds what is left. A shard is left alone when a whole
    batch of it was passed over, since the index would only show the same entries again.
    """
    closed = passed_over = 0
    for shard in range(expiry.shards):
        while True:
            if not has_time():
                return Swept(closed, passed_over, finished=False)
            now = clock()
            places = expiry.past_their_time(shard, now, BATCH)
            done = 0
            for place in places:
                if not has_time():
                    return Swept(closed + done, passed_over, finished=False)
                done += expiry.close(place, now)
            closed += done
            passed_over += len(places) - done
            if len(places) < BATCH or not done:
                break
    return Swept(closed, passed_over, finished=True)
