"""The port `DueItems` of keybound.binding on its adapters: what the cleanup closes and removes."""

from typing import Any

import pytest
from keybound.binding.expiry import Bounds, Tally, clean_up
from keybound.binding.ports import Completed, Outcome
from keybound.binding.ports_expiry import Due, Settled
from keybound.domain import binding_job
from keybound.domain.binding_job import ENDED_KEPT_S, BindingJob
from keybound.domain.identity import Identity
from keybound.domain.ids import JobId
from keybound.storage import keys
from keybound.storage.binding_completion import BindingCompletion
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.due_jobs import ExpiredJobs, KeptJobs
from keybound.storage.identities import Identities
from keybound.storage.realm_counts import JOBS, total
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls
from tests.support.directory_samples import NOW, REALM, impatient, new_credential, new_identity
from tests.support.directory_samples import new_job as sample

LATER = NOW + 3600


@pytest.fixture
def jobs(directory: Table) -> BindingJobs:
    return BindingJobs(directory, impatient())


@pytest.fixture
def owner(directory: Table) -> Identity:
    identity = new_identity()
    Identities(directory, impatient()).create(identity)
    return identity


def create(jobs: BindingJobs, owner: Identity, **changes: Any) -> BindingJob:
    job = sample(owner, **changes)
    assert jobs.create(job)
    return job


def run(table: Table, now: int) -> Tally:
    kinds = {
        "closed": ExpiredJobs(table, impatient()),
        "removed": KeptJobs(table, impatient()),
    }
    return clean_up(kinds, now, Bounds(lambda: True))


def done(closed: int = 0, removed: int = 0, **more: int) -> Tally:
    return Tally({"closed": closed, "removed": removed}, **more)


def place(job: BindingJob, epk: str = "", esk: str = "") -> Due:
    key = keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)
    shard = keys.end_shard(job.id)
    return Due(
        key.pk,
        key.sk,
        epk or keys.end_partition(shard),
        esk or keys.end_sort(job.expire_time, job.id),
        job.expire_time,
    )


def test_the_cleanup_closes_what_is_past_its_time_and_nothing_else(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    old = [create(jobs, owner, expire_time=NOW + n) for n in range(12)]
    young = create(jobs, owner, expire_time=NOW + 12)
    assert run(directory, NOW + 11) == done(closed=12)
    states = {job.id: job.state for job in jobs.of_identity(REALM, owner.id)}
    assert {states[job.id] for job in old} == {binding_job.EXPIRED}
    assert states[young.id] == binding_job.LINK_SENT
    assert run(directory, NOW + 11) == done()


def test_two_pages_of_one_shard_cost_a_call_a_job_and_one_transaction_a_page(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    for number in range(60):  # one shard, two pages
        create(jobs, owner, id=JobId(f"00000000{number:08x}"))
    with count_aws_calls() as calls:
        assert run(directory, LATER) == done(closed=60)
    made = [call.operation for call in calls]
    # a look at each of sixteen partitions, and one more at the full page's end
    assert (made.count("UpdateItem"), made.count("Query"), len(made)) == (60, 17, 77)
    with count_aws_calls() as calls:
        assert run(directory, LATER + ENDED_KEPT_S) == done(removed=60)
    made = [call.operation for call in calls]
    assert (made.count("TransactWriteItems"), made.count("Query"), len(made)) == (2, 17, 19)
    assert jobs.of_identity(REALM, owner.id) == []
    assert total(directory, REALM, JOBS) == 0


def test_two_runs_at_once_close_and_remove_each_job_once(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    for _ in range(20):
        create(jobs, owner)
    for kind, now in (("closed", LATER), ("removed", LATER + ENDED_KEPT_S)):
        results = at_once(2, lambda _, now=now: run(directory, now))
        tallies = [result for result in results if isinstance(result, Tally)]
        assert len(tallies) == 2
        assert sum(tally.done[kind] for tally in tallies) == 20
    assert total(directory, REALM, JOBS) == 0


def test_a_binding_in_flight_wins_or_loses_to_the_cleanup_and_never_half(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    """The binding judged the link a moment before its end, the cleanup just after it."""
    job = create(jobs, owner)
    credential = new_credential(job)
    completion = BindingCompletion(directory, impatient())
    one_s_before = job.expire_time - 1

    def act(number: int) -> Any:
        if number:
            return run(directory, job.expire_time)
        return completion.complete(credential, job, owner, one_s_before)

    bound, *runs = at_once(3, act)
    closed = sum(tally.done["closed"] for tally in runs if isinstance(tally, Tally))
    (stored,) = jobs.of_identity(REALM, owner.id)
    assert isinstance(bound, Completed)
    if bound.outcome is Outcome.BOUND:
        assert (closed, stored.state) == (0, binding_job.COMPLETE)
    else:
        assert bound.outcome is Outcome.LINK_ENDED
        assert (closed, stored.state) == (1, binding_job.EXPIRED)
    kept = keys.credential_pointer(REALM.tenant_id, REALM.realm_id, owner.id, credential.id)
    assert (directory.get(kept) is not None) is (bound.outcome is Outcome.BOUND)


def test_an_index_entry_that_is_behind_the_table_changes_nothing(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    """The index may still name a job that has ended: each change is on condition of the item."""
    job = create(jobs, owner)
    expired, kept = ExpiredJobs(directory, impatient()), KeptJobs(directory, impatient())
    always = lambda: True  # noqa: E731
    assert expired.settle([place(job)], job.expire_time - 1, always) == [Settled.GONE]
    revoked = jobs.revoke(job, NOW)
    assert expired.settle([place(job)], job.expire_time, always) == [Settled.GONE]
    assert kept.settle([place(job)], job.expire_time, always) == [Settled.GONE]
    assert jobs.find(REALM, owner.id, job.id) == revoked
    missing = place(sample(owner, id=JobId("f" * 16)))
    assert expired.settle([missing], LATER, always) == [Settled.GONE]
    assert kept.settle([missing], LATER, always) == [Settled.GONE]
    assert directory.get(keys.Key(missing.pk, missing.sk)) is None
    assert total(directory, REALM, JOBS) == 1


def test_one_that_is_gone_does_not_keep_the_rest_of_its_transaction(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    made = [create(jobs, owner, id=JobId(f"00000000{number:08x}")) for number in range(3)]
    assert run(directory, LATER) == done(closed=3)
    kept = KeptJobs(directory, impatient())
    page = kept.page(0, LATER + ENDED_KEPT_S, None, 50)
    assert [due.since for due in page] == [job.expire_time + ENDED_KEPT_S for job in made]
    directory.delete(keys.Key(page[1].pk, page[1].sk))
    told = kept.settle(page, LATER + ENDED_KEPT_S, lambda: True)
    assert told == [Settled.DONE, Settled.GONE, Settled.DONE]


def test_jobs_of_a_shard_that_nobody_would_choose_now_are_found(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    """The number of shards may grow: entries stay where they were written, and are found there."""
    job = create(jobs, owner, id=JobId("0" * 16))
    other = keys.end_partition(keys.END_SHARDS - 1)
    assert keys.end_partition(keys.end_shard(job.id)) != other
    values = {":other": other}
    key = keys.binding_job(REALM.tenant_id, REALM.realm_id, owner.id, job.id)
    directory.update(key, "SET epk = :other", values=values)
    assert run(directory, LATER) == done(closed=1)
    assert run(directory, LATER + ENDED_KEPT_S) == done(removed=1)
