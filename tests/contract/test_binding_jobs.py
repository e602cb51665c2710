"""The ports `Jobs`, `Links` and `Expiry` of keybound.binding on their adapters."""

from dataclasses import replace
from typing import Any

import pytest
from keybound.binding.expiry import close_expired_jobs
from keybound.domain import binding_job
from keybound.domain.binding_job import BindingJob
from keybound.domain.identity import Identity
from keybound.domain.ids import JobId
from keybound.domain.secrets import hash_secret
from keybound.storage import keys
from keybound.storage.binding_expiry import BindingExpiry
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.binding_links import BindingLinks
from keybound.storage.identities import Identities
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import (
    NOW,
    OTHER_REALM,
    REALM,
    impatient,
    new_identity,
    new_job,
)


@pytest.fixture
def jobs(directory: Table) -> BindingJobs:
    return BindingJobs(directory, impatient())


@pytest.fixture
def owner(directory: Table) -> Identity:
    identity = new_identity()
    Identities(directory, impatient()).create(identity)
    return identity


def create(jobs: BindingJobs, owner: Identity, **changes: Any) -> BindingJob:
    job = new_job(owner, **changes)
    assert jobs.create(job)
    return job


def stored(table: Table, job: BindingJob) -> dict[str, Any]:
    key = keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)
    item = table.get(key)
    assert item is not None
    return item


def test_what_was_created_is_found_listed_and_counted(jobs: BindingJobs, owner: Identity) -> None:
    made = [create(jobs, owner, create_time=NOW + n) for n in range(3)]
    assert jobs.find(REALM, owner.id, made[0].id) == made[0]
    assert jobs.find(OTHER_REALM, owner.id, made[0].id) is None
    assert jobs.of_identity(REALM, owner.id) == sorted(made, key=lambda job: job.id)
    assert jobs.page(REALM, size=10, skip=0, start=None) == (made, None)
    assert jobs.total(REALM) == 3


def test_only_the_hash_of_a_token_is_stored(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    item = stored(directory, create(jobs, owner))
    assert "t" * 64 not in str(item)
    assert item["token_hash"] == hash_secret("t" * 64)


def test_no_job_is_made_for_an_identity_that_is_suspended_or_gone(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    identities = Identities(directory, impatient())
    suspended = replace(owner, status="suspended", revision=1, credential_epoch=1)
    assert identities.replace(owner, suspended)
    assert not jobs.create(new_job(owner))
    assert identities.delete(suspended)
    assert not jobs.create(new_job(owner))
    assert jobs.total(REALM) == 0
    assert jobs.of_identity(REALM, owner.id) == []


def test_a_job_of_a_deleted_identity_is_not_found(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    """T11: deleting an identity voids its jobs before anything is cleared away."""
    job = create(jobs, owner)
    assert Identities(directory, impatient()).delete(owner)
    assert jobs.find(REALM, owner.id, job.id) is None
    assert BindingLinks(directory).find(REALM, owner.id, job.id) is None


def test_of_fifty_revocations_exactly_one_ends_the_job(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    job = create(jobs, owner)
    results = at_once(50, lambda _: jobs.revoke(job, NOW + 5))
    won = [result for result in results if isinstance(result, BindingJob)]
    assert len(won) == 1
    assert results.count(None) == 49
    assert (won[0].state, won[0].update_time) == (binding_job.REVOKED, NOW + 5)
    assert not {"epk", "esk"} & stored(directory, job).keys()


def test_a_job_past_its_time_cannot_be_revoked(jobs: BindingJobs, owner: Identity) -> None:
    job = create(jobs, owner)
    assert jobs.revoke(job, job.expire_time) is None
    assert jobs.revoke(job, job.expire_time - 1) is not None


def test_a_link_is_opened_once_and_never_goes_back(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    """N139: LINK_SENT, LINK_OPENED, and no way back."""
    links, job = BindingLinks(directory), create(jobs, owner)
    assert links.find(REALM, owner.id, job.id) == (job, owner)
    opened = links.mark_opened(job, NOW + 1)
    assert (opened.state, opened.update_time) == (binding_job.LINK_OPENED, NOW + 1)
    assert links.mark_opened(job, NOW + 9) == opened
    revoked = jobs.revoke(job, NOW + 10)
    assert links.mark_opened(job, NOW + 11) == revoked


def test_a_link_past_its_time_is_not_opened(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    job = create(jobs, owner)
    assert BindingLinks(directory).mark_opened(job, job.expire_time) == job


# --- expiry


def sweep(table: Table, now: int) -> tuple[int, int]:
    swept = close_expired_jobs(BindingExpiry(table), lambda: now, lambda: True)
    assert swept.finished
    return swept.closed, swept.passed_over


def test_the_sweep_closes_what_is_past_its_time_and_nothing_else(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    old = [create(jobs, owner, expire_time=NOW + n) for n in range(12)]
    young = create(jobs, owner, expire_time=NOW + 12)
    assert sweep(directory, NOW + 11) == (12, 0)
    states = {job.id: job.state for job in jobs.of_identity(REALM, owner.id)}
    assert {states[job.id] for job in old} == {binding_job.EXPIRED}
    assert states[young.id] == binding_job.LINK_SENT
    assert sweep(directory, NOW + 11) == (0, 0)
    assert not {"epk", "esk"} & stored(directory, old[0]).keys()


def test_a_sweep_of_more_than_a_batch_takes_all(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    for number in range(60):  # one shard, two batches
        create(jobs, owner, id=JobId(f"00000000{number:08x}"))
    assert sweep(directory, NOW + 3600) == (60, 0)


def test_two_sweeps_at_once_close_each_job_once(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    for _ in range(20):
        create(jobs, owner)
    results = at_once(2, lambda _: sweep(directory, NOW + 3600))
    counts = [result for result in results if isinstance(result, tuple)]
    assert sum(closed for closed, _ in counts) == 20


def test_an_index_entry_that_is_behind_the_table_closes_nothing(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    """The index may still name a job that has ended: each change is on condition of the item."""
    job = create(jobs, owner)
    place = keys.binding_job(REALM.tenant_id, REALM.realm_id, owner.id, job.id)
    assert not BindingExpiry(directory).close(place, job.expire_time - 1)
    revoked = jobs.revoke(job, NOW)
    assert not BindingExpiry(directory).close(place, job.expire_time)
    assert jobs.find(REALM, owner.id, job.id) == revoked
    missing = keys.binding_job(REALM.tenant_id, REALM.realm_id, owner.id, JobId("f" * 16))
    assert not BindingExpiry(directory).close(missing, NOW)
    assert directory.get(missing) is None
