"""The sweep's own arithmetic: bounded by time, never turning in circles."""

from collections.abc import Callable

from keybound.binding.expiry import BATCH, Swept, close_expired_jobs


class Jobs:
    """Open jobs in two shards; those in `stuck` are shown but never closed."""

    shards = 2

    def __init__(self, first: int, second: int, stuck: int = 0) -> None:
        self.open = [
            [("a", str(n)) for n in range(first)],
            [("b", str(n)) for n in range(second)],
        ]
        self.stuck = {("a", str(n)) for n in range(stuck)}

    def past_their_time(self, shard: int, now: int, limit: int) -> list[tuple[str, str]]:
        return self.open[shard][:limit]

    def close(self, place: tuple[str, str], now: int) -> bool:
        if place in self.stuck:
            return False
        self.open[place[0] == "b"].remove(place)
        return True


def sweep(jobs: Jobs, has_time: Callable[[], bool] = lambda: True) -> Swept:
    return close_expired_jobs(jobs, lambda: 0, has_time)


def test_every_shard_is_emptied_batch_by_batch() -> None:
    jobs = Jobs(3 * BATCH, 7)
    assert sweep(jobs) == Swept(3 * BATCH + 7, 0, finished=True)
    assert jobs.open == [[], []]


def test_when_time_runs_out_the_rest_is_left_for_the_next_run() -> None:
    jobs, left = Jobs(BATCH + 10, 10), [30]

    def has_time() -> bool:
        left[0] -= 1
        return left[0] > 0

    first = sweep(jobs, has_time)
    assert not first.finished
    assert 0 < first.closed < 30
    second = sweep(jobs)
    assert (first.closed + second.closed, second.finished) == (BATCH + 20, True)


def test_without_any_time_nothing_is_done() -> None:
    assert sweep(Jobs(1, 1), lambda: False) == Swept(0, 0, finished=False)


def test_a_batch_that_cannot_be_closed_ends_its_shard_and_not_the_sweep() -> None:
    jobs = Jobs(2 * BATCH, 5, stuck=BATCH)
    assert sweep(jobs) == Swept(5, BATCH, finished=True)
