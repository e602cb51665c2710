"""The port `keybound.binding.ports.Completion`: one transaction spends a link, or nothing does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from keybound.binding.ports import Completed, Outcome
from keybound.binding.ports_expiry import Due, Settled
from keybound.domain import binding_job
from keybound.domain.binding_job import BindingJob
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.secrets import hash_secret
from keybound.storage import keys
from keybound.storage.binding_completion import BindingCompletion
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.binding_links import BindingLinks
from keybound.storage.credentials import Credentials
from keybound.storage.due_jobs import ExpiredJobs
from keybound.storage.identities import Identities
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import NOW, REALM, impatient, new_credential, new_identity
from tests.support.directory_samples import new_job as sample_job


@dataclass
class Binding:
    """One identity, and what binds passkeys to it."""

    table: Table
    owner: Identity

    def __post_init__(self) -> None:
        self.identities = Identities(self.table, impatient())
        self.jobs = BindingJobs(self.table, impatient())
        self.links = BindingLinks(self.table)
        self.completion = BindingCompletion(self.table, impatient())
        self.credentials = Credentials(self.table, impatient())
        self.identities.create(self.owner)

    def job(self, **changes: Any) -> BindingJob:
        job = sample_job(self.owner, **changes)
        assert self.jobs.create(job)
        return job

    def owner_now(self) -> Identity:
        found = self.identities.find(REALM, self.owner.id)
        assert found is not None
        return found

    def job_now(self, job: BindingJob) -> BindingJob:
        found = self.jobs.find(REALM, job.identity_id, job.id)
        assert found is not None
        return found

    def complete(
        self, job: BindingJob, credential: Credential | None = None, now: int = NOW
    ) -> Completed:
        credential = credential or new_credential(job)
        return self.completion.complete(credential, job, self.owner_now(), now)

    def is_untouched(self, job: BindingJob) -> bool:
        nothing = self.credentials.page_of(REALM, self.owner.id)[0] == []
        return nothing and self.credentials.total(REALM) == 0 and self.job_now(job) == job


@pytest.fixture
def binding(directory: Table) -> Binding:
    return Binding(directory, new_identity())


def test_completing_writes_everything_together(binding: Binding) -> None:
    job = binding.job()
    credential = new_credential(job)
    assert binding.complete(job, credential) == Completed(Outcome.BOUND)
    assert binding.credentials.page_of(REALM, binding.owner.id)[0] == [credential]
    assert binding.credentials.total(REALM) == 1
    ended, owner = binding.job_now(job), binding.owner_now()
    assert (ended.state, ended.credential_id) == (binding_job.COMPLETE, credential.id)
    assert ended.token_hash == job.token_hash
    for whose in (None, owner.id):
        wanted = {"state": binding_job.COMPLETE}
        listed, _ = binding.jobs.at(NOW, whose).matching(REALM, wanted, size=9, skip=0, start=None)
        assert listed == [ended]
    assert [p.credential_id for p in owner.passkeys] == [credential.credential_id]
    assert owner.credential_epoch == 1


def test_of_fifty_completions_of_one_link_exactly_one_binds(binding: Binding) -> None:
    """T1, T2: fifty different passkeys, one link, one credential."""
    job = binding.job()
    owner = binding.owner_now()
    results = at_once(
        50, lambda _: binding.completion.complete(new_credential(job), job, owner, NOW)
    )
    outcomes = [r.outcome for r in results if isinstance(r, Completed)]
    assert len(outcomes) == 50, [r for r in results if isinstance(r, BaseException)]
    assert outcomes.count(Outcome.BOUND) == 1
    assert outcomes.count(Outcome.LINK_ENDED) == 49
    bound = binding.credentials.page_of(REALM, binding.owner.id)[0]
    assert len(bound) == binding.credentials.total(REALM) == 1
    assert binding.job_now(job).credential_id == bound[0].id
    assert len(binding.owner_now().passkeys) == 1


def test_a_passkey_the_realm_knows_is_refused_and_the_link_stays_open(binding: Binding) -> None:
    """T56: the first registration keeps working; the second link is not spent."""
    first, second = binding.job(), binding.job()
    credential = new_credential(first)
    binding.complete(first, credential)
    again = new_credential(second, credential_id=credential.credential_id)
    assert binding.complete(second, again).outcome is Outcome.CREDENTIAL_EXISTS
    assert binding.job_now(second) == second
    assert binding.credentials.page_of(REALM, binding.owner.id)[0] == [credential]


def test_of_fifty_links_that_register_one_passkey_exactly_one_binds(binding: Binding) -> None:
    """T56 at once: the key of a credential is its WebAuthn id, so the realm holds it once."""
    jobs = [binding.job() for _ in range(20)]
    shared = new_credential(jobs[0]).credential_id

    def run(number: int) -> Completed:
        job = jobs[number % 20]
        while True:
            done = binding.complete(job, new_credential(job, credential_id=shared))
            if done.outcome is not Outcome.IDENTITY_CHANGED:
                return done

    outcomes = [r.outcome for r in at_once(50, run) if isinstance(r, Completed)]
    assert outcomes.count(Outcome.BOUND) == 1
    assert binding.credentials.total(REALM) == 1


@pytest.mark.parametrize("at", [3600, 3601, 10**6])
def test_a_job_past_its_time_is_not_completed_from_its_very_second(
    binding: Binding, at: int
) -> None:
    """T10: the condition holds the clock, whether or not anything swept the job."""
    job = binding.job()
    done = binding.complete(job, now=NOW + at)
    assert done == Completed(Outcome.LINK_ENDED, job)
    assert binding.is_untouched(job)
    assert binding.complete(job, now=NOW + 3599).outcome is Outcome.BOUND


def test_a_revoked_job_is_not_completed(binding: Binding) -> None:
    job = binding.job()
    binding.jobs.revoke(job, NOW)
    done = binding.complete(job)
    assert done.outcome is Outcome.LINK_ENDED
    assert done.job is not None
    assert done.job.state == binding_job.REVOKED
    assert binding.credentials.total(REALM) == 0


def test_a_job_whose_token_is_another_is_not_completed(binding: Binding) -> None:
    job = binding.job()
    other = replace(job, token_hash=hash_secret("another"))
    assert binding.complete(other).outcome is Outcome.LINK_ENDED
    assert binding.is_untouched(job)


def suspend(binding: Binding) -> None:
    before = binding.owner_now()
    assert binding.identities.replace(
        before, replace(before, status="suspended", credential_epoch=1, revision=1)
    )


def delete(binding: Binding) -> None:
    assert binding.identities.delete(binding.owner_now())


@pytest.mark.parametrize("change", [suspend, delete])
def test_an_identity_that_changed_after_it_was_judged_stops_the_binding(
    binding: Binding, change: Callable[[Binding], None]
) -> None:
    """T55, N130: suspending and deleting win against a completion that read before them."""
    job, judged = binding.job(), binding.owner_now()
    change(binding)
    done = binding.completion.complete(new_credential(job), job, judged, NOW)
    assert done.outcome is Outcome.IDENTITY_CHANGED
    assert binding.credentials.total(REALM) == 0


def test_a_binding_that_read_before_another_one_is_told_to_judge_again(binding: Binding) -> None:
    first, second = binding.job(), binding.job()
    judged = binding.owner_now()
    binding.complete(first)
    done = binding.completion.complete(new_credential(second), second, judged, NOW)
    assert done.outcome is Outcome.IDENTITY_CHANGED
    assert binding.job_now(second) == second
    assert binding.complete(second).outcome is Outcome.BOUND
    assert [len(binding.owner_now().passkeys), binding.owner_now().credential_epoch] == [2, 2]


def test_a_completion_and_a_revocation_at_once_have_one_winner(binding: Binding) -> None:
    for _ in range(10):
        job, judged = binding.job(), binding.owner_now()
        results = at_once(
            2,
            lambda n, job=job, judged=judged: (  # type: ignore[misc]
                binding.jobs.revoke(job, NOW)
                if n
                else binding.completion.complete(new_credential(job), job, judged, NOW)
            ),
        )
        completed, revoked = results
        assert isinstance(completed, Completed), completed
        won = completed.outcome is Outcome.BOUND
        assert won != isinstance(revoked, BindingJob)
        assert binding.job_now(job).state == (binding_job.COMPLETE if won else binding_job.REVOKED)


def test_a_completion_and_the_sweep_at_once_leave_one_state(binding: Binding) -> None:
    """The sweep moves a job only if it is past its time by its own clock; beside a binding in
    flight one of them wins and the other changes nothing."""
    expired = ExpiredJobs(binding.table, impatient())
    for _ in range(10):
        job, judged = binding.job(), binding.owner_now()
        key = keys.binding_job(REALM.tenant_id, REALM.realm_id, job.identity_id, job.id)
        due = Due(*key, epk="", esk="", since=job.expire_time)
        completed, settled = at_once(
            2,
            lambda n, job=job, judged=judged, due=due: (  # type: ignore[misc]
                expired.settle([due], NOW + 3600, lambda: True)
                if n
                else binding.completion.complete(new_credential(job), job, judged, NOW + 3599)
            ),
        )
        assert isinstance(completed, Completed), completed
        won = completed.outcome is Outcome.BOUND
        assert won != (settled == [Settled.DONE])
        assert binding.job_now(job).state == (binding_job.COMPLETE if won else binding_job.EXPIRED)


# --- answers that were lost


class Door:
    """A DynamoDB client whose transactions are answered as the test says."""

    def __init__(self, client: Any, answer: Callable[[Callable[[], Any]], Any]) -> None:
        self._client = client
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **members: Any) -> Any:
        return self._answer(lambda: self._client.transact_write_items(**members))


def behind(binding: Binding, answer: Callable[[Callable[[], Any]], Any]) -> BindingCompletion:
    door = Door(binding.table._client(), answer)
    return BindingCompletion(Table(lambda: door, binding.table.name), impatient())


def test_a_repeat_of_a_write_whose_answer_was_lost_is_a_success(binding: Binding) -> None:
    """botocore repeats such a write with the same token; a store that has forgotten the token
    fails its condition, and the returned job carries this attempt's id."""

    def twice(write: Callable[[], Any]) -> Any:
        write()
        return write()

    job = binding.job()
    completion = behind(binding, twice)
    done = completion.complete(new_credential(job), job, binding.owner_now(), NOW)
    assert done == Completed(Outcome.BOUND)
    assert binding.credentials.total(REALM) == 1


def test_a_lost_answer_after_the_write_is_looked_up_and_is_a_success(binding: Binding) -> None:
    def lose(write: Callable[[], Any]) -> Any:
        write()
        raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid/")

    job = binding.job()
    done = behind(binding, lose).complete(new_credential(job), job, binding.owner_now(), NOW)
    assert done == Completed(Outcome.BOUND)


def test_a_write_that_never_arrived_is_unavailable_and_spends_nothing(binding: Binding) -> None:
    def fail(write: Callable[[], Any]) -> Any:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid/")

    job = binding.job()
    with pytest.raises(Unavailable):
        behind(binding, fail).complete(new_credential(job), job, binding.owner_now(), NOW)
    assert binding.is_untouched(job)
    assert binding.complete(job).outcome is Outcome.BOUND


def test_a_conflict_with_another_transaction_is_tried_again(binding: Binding) -> None:
    left = [3]

    def conflict(write: Callable[[], Any]) -> Any:
        if left[0]:
            left[0] -= 1
            error = {"Code": "TransactionCanceledException"}
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            raise ClientError(
                {"Error": error, "CancellationReasons": reasons},  # type: ignore[typeddict-unknown-key]
                "TransactWriteItems",
            )
        return write()

    job = binding.job()
    done = behind(binding, conflict).complete(new_credential(job), job, binding.owner_now(), NOW)
    assert done == Completed(Outcome.BOUND)
    assert binding.credentials.total(REALM) == 1


def test_the_key_of_a_credential_is_realm_and_hash_of_its_webauthn_id(binding: Binding) -> None:
    job = binding.job()
    credential = new_credential(job)
    binding.complete(job, credential)
    hashed = credential_hash(from_b64url(credential.credential_id))
    item = binding.table.get(keys.credential(REALM.tenant_id, REALM.realm_id, hashed))
    assert item is not None
    assert item["id"] == credential.id
