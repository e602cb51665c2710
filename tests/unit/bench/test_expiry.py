"""A hundred thousand jobs that end at once: the room's own flow and storage, and their calls."""

from keybound.domain.binding_job import ENDED_KEPT_S

from tools.bench.expiry import CALLS, ENDED, JOBS, MemoryTable, clean


def test_a_hundred_thousand_expired_jobs_are_closed_in_a_call_each() -> None:
    """Bounded runs, each of which begins with what the one before it left."""
    table = MemoryTable(JOBS)
    first = clean(table, ENDED + 60, entries=JOBS // 2)
    closed = first.tally.done["closed"]
    assert JOBS // 2 <= closed < JOBS // 2 + 50
    assert (first.tally.finished, first.tally.lag_s) == (False, 60)
    second = clean(table, ENDED + 60)
    assert second.tally.done == {"closed": JOBS - closed, "removed": 0}
    assert (second.tally.finished, second.tally.lag_s) == (True, 0)
    assert (first.calls + second.calls).total() / JOBS <= CALLS["closed"]
    assert (first.calls + second.calls)["UpdateItem"] == JOBS


def test_ended_jobs_of_one_realm_go_fifty_at_a_time() -> None:
    table = MemoryTable(20_000)
    assert clean(table, ENDED).tally.done["closed"] == 20_000
    last = clean(table, ENDED + ENDED_KEPT_S)
    assert last.tally.done == {"closed": 0, "removed": 20_000}
    assert last.calls.total() / 20_000 <= CALLS["removed"]
    assert table.items == {}
    assert list(table.counts.values()) == [-20_000]


def test_jobs_of_many_realms_are_counted_each_in_its_own() -> None:
    table = MemoryTable(400, realms=7)
    assert clean(table, ENDED).tally.done["closed"] == 400
    assert clean(table, ENDED + ENDED_KEPT_S).tally.done["removed"] == 400
    assert sorted(table.counts.values()) == [-58] + [-57] * 6
