"""The ports `Jobs` and `Links` of keybound.binding on their adapters."""

from dataclasses import replace
from typing import Any

import pytest
from keybound.binding.ports_expiry import Due, Settled
from keybound.domain import binding_job
from keybound.domain.binding_job import BindingJob
from keybound.domain.identity import Identity
from keybound.domain.secrets import hash_secret
from keybound.storage import job_filters, keys
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.binding_links import BindingLinks
from keybound.storage.due_jobs import ExpiredJobs
from keybound.storage.identities import Identities
from keybound.storage.mail_outbox import MailOutbox
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
    assert jobs.at(NOW).matching(REALM, {}, size=10, skip=0, start=None) == (made, None)
    assert jobs.at(NOW).total(REALM) == 3


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
    assert jobs.at(NOW).total(REALM) == 0
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
    item = stored(directory, job)
    assert item["epk"] == keys.kept_partition(keys.end_shard(job.id))
    assert keys.end_time(item["esk"]) == NOW + 5 + binding_job.ENDED_KEPT_S


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


# --- filters


def listed(jobs: BindingJobs, state: str, owner: Identity | None = None) -> list[str]:
    place = owner.id if owner else None
    wanted = {"state": state}
    found, _ = jobs.at(NOW, place).matching(REALM, wanted, size=50, skip=0, start=None)
    return [job.id for job in found]


def test_whatever_changes_a_jobs_state_moves_it_between_filters(
    jobs: BindingJobs, owner: Identity, directory: Table
) -> None:
    def is_under(job: BindingJob, state: str) -> None:
        """In the item itself, since what an index shows is judged again."""
        wanted = job_filters.filter_attributes(replace(job, state=state))
        item = stored(directory, job)
        assert {name: item[name] for name in wanted} == wanted
        for whose in (None, owner):
            assert job.id in listed(jobs, state, whose)

    mailed = create(jobs, owner, mail_state=binding_job.MAIL_PENDING)
    is_under(mailed, binding_job.LINK_SENT)
    BindingLinks(directory).mark_opened(mailed, NOW)
    is_under(mailed, binding_job.LINK_OPENED)
    MailOutbox(directory).failed(mailed, "refused", NOW)
    is_under(mailed, binding_job.FAILED_TO_SEND)
    assert jobs.renew(mailed, replace(mailed, token_version=2))
    is_under(mailed, binding_job.LINK_SENT)
    assert jobs.revoke(mailed, NOW)
    is_under(mailed, binding_job.REVOKED)
    old = create(jobs, owner, expire_time=NOW)
    place = keys.binding_job(REALM.tenant_id, REALM.realm_id, owner.id, old.id)
    due = Due(place.pk, place.sk, "", "", NOW)
    assert ExpiredJobs(directory, impatient()).settle([due], NOW, lambda: True) == [Settled.DONE]
    is_under(old, binding_job.EXPIRED)
    for whose in (None, owner):
        assert listed(jobs, binding_job.LINK_SENT, whose) == []
