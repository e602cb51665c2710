"""The ports of keybound.binding.ports_batches on their adapters, and the limit of links: races."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from keybound.binding.ports_batches import QueuedBatch
from keybound.domain.binding_batch import MAX_QUEUED, BatchResult, BindingBatch, progress_of
from keybound.domain.binding_job import MAX_LINKS_A_MINUTE
from keybound.domain.errors import TooManyRequests, Unavailable
from keybound.domain.ids import AuthenticatorConfigId, IdentityId
from keybound.storage import keys, schema
from keybound.storage.batch_queue import BatchQueue
from keybound.storage.binding_batches import BindingBatches
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.identities import Identities
from keybound.storage.job_rates import JobRates
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import (
    NOW,
    OTHER_REALM,
    REALM,
    hex_id,
    impatient,
    new_identity,
    new_job,
)


@pytest.fixture
def grants(dynamodb: Any) -> Table:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return Table(lambda: dynamodb, name)


def new_batch(size: int = 2, **changes: Any) -> BindingBatch:
    batch = BindingBatch(
        id=hex_id(),
        tenant_id=REALM.tenant_id,
        realm_id=REALM.realm_id,
        identity_ids=tuple(IdentityId(f"{number:016x}") for number in range(size)),
        authenticator_config_id=AuthenticatorConfigId("00000000-0000-4000-8000-000000000000"),
        create_time=NOW,
        expires_at=NOW + 1000,
    )
    return replace(batch, **changes)


def queued(grants: Table) -> int:
    item = grants.get(keys.queued_identities(REALM.tenant_id, REALM.realm_id))
    return int(item["queued"]) if item else 0


def ended(batch: BindingBatch, number: int, **changes: Any) -> BatchResult:
    return BatchResult(batch.identity_ids[number], ended=True, tries=1, update_time=NOW, **changes)


def test_what_was_created_is_found_with_what_became_of_it(grants: Table) -> None:
    batches, queue = BindingBatches(grants, impatient()), BatchQueue(grants, impatient())
    batch = new_batch(3, post_binding_redirect_uri="https://x.example/", adding_proof="SCOPE")
    batches.create(batch)
    assert batches.find(REALM, batch.id, NOW) == progress_of(batch, {})
    assert batches.find(OTHER_REALM, batch.id, NOW) is None
    assert batches.find(REALM, batch.id, batch.expires_at) is None
    made, later = ended(batch, 0, job_id=hex_id()), BatchResult(batch.identity_ids[1], due=NOW + 9)
    assert queue.end(batch, made)
    assert queue.note(batch, later)
    found = batches.find(REALM, batch.id, NOW)
    assert found is not None
    assert found.results == (made, later, BatchResult(batch.identity_ids[2]))
    assert (found.state, queued(grants)) == ("RUNNING", 2)


def test_of_many_runs_one_takes_a_batch_and_nobody_else_gives_it_back(grants: Table) -> None:
    queue, batch = BatchQueue(grants, impatient()), new_batch()
    BindingBatches(grants, impatient()).create(batch)
    (place,) = queue.waiting()
    assert place == QueuedBatch(REALM, batch.id, NOW, 0)
    taken = [each for each in at_once(20, lambda _: queue.claim(place, NOW + 60)) if each]
    (mine,) = taken
    assert isinstance(mine, QueuedBatch)
    queue.give_back(place, NOW)  # somebody whose claim is no more
    assert queue.waiting() == [mine]
    queue.give_back(mine, NOW + 5)
    assert queue.waiting() == [QueuedBatch(REALM, batch.id, NOW + 5, 1)]
    queue.remove(mine)
    assert queue.waiting() == []


def test_creations_at_once_never_queue_more_than_the_realm_may(grants: Table) -> None:
    batches = BindingBatches(grants, impatient())
    results = at_once(12, lambda _: batches.create(new_batch(MAX_QUEUED // 4)))
    assert results.count(None) <= 4
    assert all(each is None or isinstance(each, TooManyRequests | Unavailable) for each in results)
    assert queued(grants) == results.count(None) * (MAX_QUEUED // 4)
    assert len(BatchQueue(grants, impatient()).waiting()) == results.count(None)


def test_a_result_ends_once_and_counts_once_however_many_end_it(grants: Table) -> None:
    queue, batch = BatchQueue(grants, impatient()), new_batch(5)
    BindingBatches(grants, impatient()).create(batch)
    ends = at_once(20, lambda _: queue.end(batch, ended(batch, 0, last_error="x")))
    assert ends.count(True) == 1
    assert queued(grants) == 4
    assert not queue.note(batch, BatchResult(batch.identity_ids[0]))
    assert not queue.end(batch, ended(batch, 0, last_error="y"))
    found = BindingBatches(grants, impatient()).find(REALM, batch.id, NOW)
    assert found is not None
    assert found.results[0].last_error == "x"


def test_of_many_runs_that_make_an_identitys_job_one_makes_it(
    grants: Table, directory: Table
) -> None:
    """The result ends in the transaction of the job: one job, one mail, one place in the queue."""
    owner, contention = new_identity(), impatient()
    Identities(directory, contention).create(owner)
    batch, queue = new_batch(identity_ids=(owner.id,)), BatchQueue(grants, contention)
    BindingBatches(grants, contention).create(batch)
    jobs = BindingJobs(directory, contention, JobRates(grants))

    def make(_: int) -> bool:
        job = new_job(owner, batch_id=batch.id)
        return jobs.create(job, queue.ending(batch, ended(batch, 0, job_id=job.id)))

    made = at_once(10, make)
    assert made.count(True) == 1
    assert all(each is True or isinstance(each, Unavailable) for each in made)
    (job,) = jobs.of_identity(REALM, owner.id)
    found = BindingBatches(grants, contention).find(REALM, batch.id, NOW)
    assert found is not None
    assert (found.state, found.results[0].job_id, queued(grants)) == ("SUCCESS", job.id, 0)
    assert job.batch_id == batch.id


def test_creations_at_once_make_no_more_links_than_the_minute_allows(
    grants: Table, directory: Table
) -> None:
    """N145."""
    owner, contention = new_identity(), impatient()
    Identities(directory, contention).create(owner)
    jobs = BindingJobs(directory, contention, JobRates(grants))
    made = at_once(50, lambda _: jobs.create(new_job(owner)))
    kinds = TooManyRequests | Unavailable
    assert all(each is True or isinstance(each, kinds) for each in made)
    assert 1 <= made.count(True) <= MAX_LINKS_A_MINUTE
    assert len(jobs.of_identity(REALM, owner.id)) == made.count(True)
    while made.count(True) < MAX_LINKS_A_MINUTE:  # who lost every race may come again
        made.append(jobs.create(new_job(owner)))
    with pytest.raises(TooManyRequests):
        jobs.create(new_job(owner))
    job = jobs.of_identity(REALM, owner.id)[0]
    with pytest.raises(TooManyRequests):
        jobs.renew(job, replace(job, token_hash="another", token_version=2))
    renewed = replace(job, token_hash="another", token_version=2, update_time=NOW + 60)
    assert jobs.renew(job, renewed)
