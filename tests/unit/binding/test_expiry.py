"""The cleanup's own arithmetic: bounded by time and entries, never turning in circles."""

from collections.abc import Callable, Sequence

from keybound.binding.expiry import PAGE, Bounds, Tally, clean_up
from keybound.binding.ports_expiry import Due, HasTime, Settled
from keybound.domain.errors import Unavailable

NOW = 1_000


class Jobs:
    """Due entries in two shards. stuck: ids that are shown but never settled."""

    shards = 2

    def __init__(self, first: int, second: int, stuck: int = 0) -> None:
        self.due = [[entry("a", n) for n in range(first)], [entry("b", n) for n in range(second)]]
        self.stuck = {entry("a", n).esk for n in range(stuck)}
        self.unreadable: int | None = None

    def page(self, shard: int, now: int, after: Due | None, limit: int) -> Sequence[Due]:
        if shard == self.unreadable:
            raise Unavailable(detail="made to fail by a test")
        behind = after.esk if after else ""
        return [each for each in self.due[shard] if each.esk > behind][:limit]

    def settle(self, entries: Sequence[Due], now: int, has_time: HasTime) -> Sequence[Settled]:
        results = []
        for each in entries:
            if each.esk in self.stuck:
                results.append(Settled.FAILED)
                continue
            self.due[each.epk == "b"].remove(each)
            results.append(Settled.DONE)
        return results


def entry(shard: str, number: int) -> Due:
    return Due("pk", f"JOB#{number}", shard, f"{shard}{number:06}", since=NOW - 60)


def run(jobs: Jobs, has_time: Callable[[], bool] = lambda: True, entries: int = 10_000) -> Tally:
    return clean_up({"open": jobs}, NOW, Bounds(has_time, entries))


def test_every_shard_is_emptied_page_by_page() -> None:
    jobs = Jobs(3 * PAGE, 7)
    tally = run(jobs)
    assert (tally.done, tally.finished, tally.lag_s) == ({"open": 3 * PAGE + 7}, True, 0)
    assert jobs.due == [[], []]


def test_when_time_runs_out_the_rest_is_left_for_the_next_run() -> None:
    jobs, asked = Jobs(3 * PAGE, 0), iter([True, False])
    tally = run(jobs, lambda: next(asked))
    assert (tally.done, tally.finished, tally.lag_s) == ({"open": PAGE}, False, 60)
    assert run(jobs).done == {"open": 2 * PAGE}
    assert jobs.due == [[], []]


def test_without_any_time_nothing_is_done() -> None:
    jobs = Jobs(3, 0)
    assert run(jobs, lambda: False).done == {"open": 0}
    assert len(jobs.due[0]) == 3


def test_a_run_ends_after_so_many_entries() -> None:
    jobs = Jobs(3 * PAGE, 0)
    assert run(jobs, entries=PAGE).done == {"open": PAGE}


def test_a_page_that_cannot_be_settled_ends_its_shard_and_not_the_run() -> None:
    jobs = Jobs(2 * PAGE, 3, stuck=PAGE)
    tally = run(jobs)
    assert (tally.done, tally.failed, tally.finished) == ({"open": 3}, PAGE, False)
    assert len(jobs.due[0]) == 2 * PAGE


def test_a_shard_that_cannot_be_read_keeps_no_other_waiting() -> None:
    jobs = Jobs(3, 4)
    jobs.unreadable = 0
    tally = run(jobs)
    assert (tally.done, tally.failed, tally.finished) == ({"open": 4}, 1, False)
