"""How batches are worked off: killed in the middle, twice at once, later, and not at all."""

from typing import Any

import pytest
from keybound.binding.batch_work import HELD_OFF_S, LEASE_S
from keybound.domain.binding_batch import MAX_TRIES
from keybound.domain.binding_job import MAX_LINKS_A_MINUTE
from keybound.domain.errors import Unavailable

from functions.batch_job_queue import handler
from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.batch_steps import BATCHES, BatchSteps
from tests.support.binding_steps import BindingSteps
from tests.support.configuration_bodies import make_config
from tests.support.mailbox import Killed, link_in, ses_answers
from tests.support.platform import Platform


@pytest.fixture(scope="module")
def config_id(platform: Platform) -> str:
    return make_config(platform)


@pytest.fixture
def steps(platform: Platform, config_id: str) -> BatchSteps:
    found = BatchSteps(platform, config_id)
    found.forget()
    platform.mails.clear()
    return found


def one_job_each(steps: BatchSteps, people: list[dict[str, Any]]) -> bool:
    """Whether everybody has one job and, as soon as the outbox was swept, one link by mail."""
    steps.platform.clock.advance(61)
    steps.platform.run_scheduled("mail_outbox")
    links = {link_in(mail) for mail in steps.platform.mails}
    return [len(steps.jobs_of(each)) for each in people] == [1] * len(people) and len(links) == len(
        people
    )


class OutOfTime:
    """Lambda's context after so many looks at it."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def get_remaining_time_in_millis(self) -> int:
        self._looks -= 1
        return 0 if self._looks < 0 else 60_000


# --- interrupted


def test_a_run_killed_while_it_mails_makes_no_second_job_and_no_second_mail(
    steps: BatchSteps,
) -> None:
    """The job and the identity's result are one write; the outbox has the mail."""
    people = steps.people(3)
    batch_id = steps.made(people)
    with ses_answers("killed"), pytest.raises(Killed):
        steps.work()
    assert steps.results(batch_id)["total_success_count"] == 1
    assert steps.queued() == 2
    assert steps.work()["made"] == 0  # taken until the lease is over
    steps.platform.clock.advance(LEASE_S)
    assert steps.work()["made"] == 2
    assert one_job_each(steps, people)
    assert len(steps.platform.mails) == 3
    assert (steps.read(batch_id)["state"], steps.queued()) == ("SUCCESS", 0)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "operation", ["TransactWriteItems", "UpdateItem", "DeleteItem", "Query", "PutItem", "GetItem"]
)
def test_whatever_call_fails_each_identity_has_one_job_in_the_end(
    steps: BatchSteps, operation: str, moment: Any
) -> None:
    people = steps.people(2)
    batch_id = steps.made(people)
    with fail_aws_call(operation, moment) as failed:
        worked(steps)
    assert failed or operation == "PutItem"
    for _ in range(3):
        steps.platform.clock.advance(LEASE_S)
        worked(steps)
    assert one_job_each(steps, people)
    assert (steps.read(batch_id)["state"], steps.queued()) == ("SUCCESS", 0)


def worked(steps: BatchSteps) -> None:
    try:
        steps.work()
    except Unavailable:
        return


def test_a_failure_of_storage_is_raised_when_the_run_is_over(steps: BatchSteps) -> None:
    """So that the alarm hears of it; the other batch has had its turn."""
    first, second = steps.people(1), steps.people(1)
    ids = [steps.made(first), steps.made(second)]
    with fail_aws_call("GetItem", "before"), pytest.raises(Unavailable):
        fail_note_too(steps)
    states = sorted(steps.read(each)["state"] for each in ids)
    assert states == ["RUNNING", "SUCCESS"]
    steps.platform.clock.advance(HELD_OFF_S)
    assert steps.work()["made"] == 1


def fail_note_too(steps: BatchSteps) -> None:
    with fail_aws_call("PutItem", "before"):
        steps.work()


def test_two_runs_at_once_make_one_job_for_an_identity(steps: BatchSteps) -> None:
    people = steps.people(4)
    batch_id = steps.made(people)
    runs = at_once(4, lambda _: steps.platform.run_scheduled("batch_job_queue"))
    assert sum(run["made"] for run in runs if isinstance(run, dict)) == 4
    assert one_job_each(steps, people)
    assert (steps.read(batch_id)["state"], steps.queued()) == ("SUCCESS", 0)


def test_a_run_that_thinks_the_batch_is_still_its_own_makes_no_second_job(
    steps: BatchSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the first run had been slower than its lease: both saw the identity pending."""
    from keybound.binding import batch_work

    people = steps.people(2)
    batch_id = steps.made(people)
    real, seen = batch_work._make, list[str]()

    def slow(ports: Any, batch: Any, tried: Any) -> None:
        if not seen:
            seen.append(tried.identity_id)
            real(ports, batch, tried)  # the other run
        real(ports, batch, tried)

    with monkeypatch.context() as patched:
        patched.setattr(batch_work, "_make", slow)
        found = steps.work()
    assert (found["made"], found["passed_over"]) == (1, 1)
    assert one_job_each(steps, people)
    assert (steps.read(batch_id)["state"], steps.queued()) == ("SUCCESS", 0)


def test_a_run_without_time_leaves_the_rest_to_the_next(steps: BatchSteps) -> None:
    people = steps.people(3)
    batch_id = steps.made(people)
    found = handler.lambda_handler({}, OutOfTime(4))
    assert (found["made"], found["finished"]) == (2, False)
    assert steps.results(batch_id)["total_pending_count"] == 1
    assert steps.work()["made"] == 1
    assert one_job_each(steps, people)


def test_a_long_batch_does_not_keep_a_short_one_waiting(
    steps: BatchSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keybound.binding import batch_work

    monkeypatch.setattr(batch_work, "TURN", 2)
    long, short = steps.made(steps.people(5)), steps.made(steps.people(1))
    handler.lambda_handler({}, OutOfTime(6))
    assert steps.results(long)["total_success_count"] == 2
    assert steps.read(short)["state"] == "SUCCESS"
    steps.work()
    assert steps.read(long)["state"] == "SUCCESS"


# --- tried again


def test_a_mailbox_that_is_full_today_is_tried_tomorrow(steps: BatchSteps) -> None:
    """T16, N145."""
    person = steps.person()
    own = BindingSteps(steps.platform, steps.config_id, person)
    answers = [own.make_job(delivery_method="EMAIL").status for _ in range(10)]
    assert answers == [200] * 10
    batch_id = steps.made([person])
    assert steps.work()["delayed"] == 1
    found = steps.read(batch_id)
    assert found["state"] == "RUNNING"
    assert found["state_commentary"]["errors"] == {
        person["id"]: {
            "last_error": "too many mails to this address today",
            "failed_permanently": False,
        }
    }
    steps.platform.clock.advance(120)
    assert steps.work()["delayed"] == 0
    steps.platform.clock.advance(86_400)
    assert steps.work()["made"] == 1
    assert (steps.read(batch_id)["state"], steps.queued()) == ("SUCCESS", 0)
    assert steps.read(batch_id)["state_commentary"] == {"errors": {}}


def test_a_link_above_the_limit_of_the_minute_is_made_in_the_next(steps: BatchSteps) -> None:
    """N145."""
    steps.platform.clock.advance(60 - steps.platform.clock.now() % 60)
    person = steps.person()
    own = BindingSteps(steps.platform, steps.config_id, person)
    assert {own.make_job().status for _ in range(MAX_LINKS_A_MINUTE)} == {200}
    batch_id = steps.made([person])
    assert steps.work()["delayed"] == 1
    assert len(steps.jobs_of(person)) == MAX_LINKS_A_MINUTE
    steps.platform.clock.advance(60)
    assert steps.work()["made"] == 1
    assert steps.read(batch_id)["state"] == "SUCCESS"


def test_after_twelve_tries_it_has_failed_for_good_and_the_queue_has_room(
    steps: BatchSteps,
) -> None:
    batch_id, outcomes = steps.made(steps.people(1)), []
    for _ in range(MAX_TRIES):
        steps.platform.clock.advance(86_400)  # each try counts as a mail of its day
        with fail_aws_call("TransactWriteItems", "before") as failed:
            found = steps.work()
        assert failed
        outcomes.append((found["delayed"], found["failed"]))
    assert outcomes == [(1, 0)] * (MAX_TRIES - 1) + [(0, 1)]
    found = steps.read(batch_id)
    assert found["state"] == "FAILED"
    assert list(found["state_commentary"]["errors"].values()) == [
        {"last_error": "temporarily unavailable, try again", "failed_permanently": True}
    ]
    assert steps.queued() == 0


def test_a_mail_that_the_service_holds_off_is_the_outboxs_to_send(steps: BatchSteps) -> None:
    people = steps.people(1)
    batch_id = steps.made(people)
    with ses_answers("TooManyRequestsException"):
        assert steps.work()["made"] == 1
    (result,) = steps.results(batch_id)["job_results"]
    assert result["credential_binding_job"]["mail_state"] == "PENDING"
    assert one_job_each(steps, people)
    (result,) = steps.results(batch_id)["job_results"]
    assert result["credential_binding_job"]["mail_state"] == "SENT"


# --- deleted or changed in between


def test_without_its_config_every_identity_fails_for_good(steps: BatchSteps) -> None:
    config = make_config(steps.platform)
    batch_id = steps.made(steps.people(2), authenticator_config_id=config)
    deleted = steps.platform.manage("DELETE", f"/authenticator-configs/{config}")
    assert deleted.status == 200
    assert steps.work()["failed"] == 2
    errors = steps.read(batch_id)["state_commentary"]["errors"].values()
    assert {error["last_error"] for error in errors} == {"authenticator config not found"}
    assert steps.platform.mails == []


def test_a_redirect_that_the_config_allows_no_more_fails_for_good(steps: BatchSteps) -> None:
    """T9: judged again for each job."""
    config = make_config(
        steps.platform, trusted_origins=["https://app.example.com", "https://b.app.example.com"]
    )
    uri = "https://b.app.example.com/welcome"
    template = {"authenticator_config_id": config, "post_binding_redirect_uri": uri}
    batch_id = steps.made(steps.people(1), **template)
    changed = {"config": {"type": "embedded", "trusted_origins": ["https://app.example.com"]}}
    path = f"/authenticator-configs/{config}"
    answer = steps.platform.manage("PATCH", path, {"authenticator_config": changed})
    assert answer.status == 200, answer.text
    assert steps.work()["failed"] == 1
    assert steps.read(batch_id)["state"] == "FAILED"


def test_of_an_identity_deleted_afterwards_the_result_stays_without_its_job(
    steps: BatchSteps,
) -> None:
    person = steps.person()
    batch_id = steps.made([person])
    steps.work()
    BindingSteps(steps.platform, steps.config_id, person).delete()
    (result,) = steps.results(batch_id)["job_results"]
    assert sorted(result) == ["credential_binding_job_id", "identity_id", "state"]
    assert result["state"] == "SUCCESS"


def test_a_realm_that_is_deleted_while_its_batch_waits_mails_nobody(platform: Platform) -> None:
    realm = platform.create_realm(platform.management)
    path = f"/v1/tenants/{platform.tenant_id}/realms/{realm.id}"
    steps = BatchSteps(platform, "")
    steps.forget()
    made = platform.manage("POST", f"{path}/authenticator-configs", config_of_it()).json()
    body = steps.body(["1" * 16, "2" * 16], authenticator_config_id=made["id"])
    batch_id = platform.manage("POST", f"{path}{BATCHES}", body).json()["id"]
    assert platform.manage("DELETE", path).status == 200
    platform.mails.clear()
    assert steps.work()["failed"] == 2
    assert platform.mails == []
    assert platform.manage("GET", f"{path}{BATCHES}/{batch_id}").status == 404
    assert steps.work()["failed"] == 0


def config_of_it() -> dict[str, Any]:
    from tests.support.configuration_bodies import config_body

    return config_body()


# --- what it costs


def test_an_idle_run_reads_the_queue_and_nothing_else(steps: BatchSteps) -> None:
    steps.work()
    with count_aws_calls() as calls:
        assert steps.work()["finished"]
    assert [call.operation for call in calls] == ["Query"]


def test_an_identity_costs_a_read_beside_a_single_job_by_mail(steps: BatchSteps) -> None:
    batch_id = steps.made(steps.people(1))
    with count_aws_calls() as calls:
        assert steps.work()["made"] == 1
    writes = [call for call in calls if call.operation not in ("GetItem", "BatchGetItem", "Query")]
    assert [call.operation for call in writes if call.service == "dynamodb"] == [
        "UpdateItem",  # the batch is taken
        "UpdateItem",  # the mail is counted, for the mailbox and the realm
        "UpdateItem",
        "TransactWriteItems",
        "UpdateItem",  # the mail is noted, and leaves the outbox
        "DeleteItem",
        "DeleteItem",  # the batch leaves the queue
    ]
    assert f"RESULT#{steps.results(batch_id)['job_results'][0]['identity_id']}" in str(calls)
