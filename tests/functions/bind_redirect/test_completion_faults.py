"""completeBinding when AWS fails at any of its calls, and what it costs when nothing fails."""

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support import aws_calls
from tests.support.aws_calls import AwsCall, Moment, count_aws_calls, fail_aws_call
from tests.support.binding_steps import BindingSteps, new_binding
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms


@pytest.fixture
def binding(platform: Platform) -> BindingSteps:
    return new_binding(platform)


def calls_of_a_completion(binding: BindingSteps) -> list[AwsCall]:
    link = binding.link()
    body = link.answer()
    with count_aws_calls() as calls:
        assert link.complete(body).status == 200
    return calls


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("cold", [False, True])
def test_whichever_call_fails_the_link_and_the_passkey_stay_together(
    binding: BindingSteps, moment: Moment, cold: bool
) -> None:
    """503 with a retry hint, or success. A retry works, the link is spent at most once, and it is
    never spent without a passkey. Cold rooms also read and unwrap their sealing keys."""
    if cold:
        forget_rooms()
    calls = calls_of_a_completion(binding)
    for which in range(1, len(calls) + 1):
        link = binding.link()
        body = link.answer()
        before = len(binding.credentials())
        if cold:
            forget_rooms()
        with fail_aws_call(which, moment) as failed:
            answer = link.complete(body)
        assert failed, which
        if answer.status == 503:
            assert answer.headers["retry-after"]
            assert answer.json()["code"] == "service_unavailable"
            assert len(binding.credentials()) == before
            assert link.state() == "LINK_OPENED"
            assert link.complete(body).status == 200
        else:
            assert answer.status == 200
        assert len(binding.credentials()) == before + 1
        assert link.state() == "COMPLETE"
        assert link.complete(body).status == 410


def test_a_write_that_took_effect_though_its_answer_was_lost_is_a_success(
    binding: BindingSteps,
) -> None:
    link = binding.link()
    body = link.answer()
    with fail_aws_call("TransactWriteItems", "after") as failed:
        answer = link.complete(body)
    assert failed
    assert answer.status == 200
    assert binding.credentials() == [answer.json()["credential"]]


def test_when_the_look_after_a_lost_answer_fails_too_the_passkey_is_not_lost(
    binding: BindingSteps,
) -> None:
    """Nobody could tell the person: 503. The passkey is bound and works; the link is spent."""
    link = binding.link()
    body = link.answer()
    seen: list[str] = []

    def break_it(call: AwsCall, go_on: object) -> object:
        assert callable(go_on)
        answer = go_on()
        if call.operation == "TransactWriteItems" or seen:
            seen.append(call.operation)
            raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid/")
        return answer

    with aws_calls._at_the_door(break_it):
        answer = link.complete(body)
    assert seen == ["TransactWriteItems", "GetItem"]
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert len(binding.credentials()) == 1
    assert link.state() == "COMPLETE"
    assert link.complete(body).status == 410


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whichever_call_of_beginning_fails_it_can_be_sent_again(
    binding: BindingSteps, moment: Moment
) -> None:
    with count_aws_calls() as calls:
        assert binding.link().begin().status == 200
    link = binding.link()
    for which in range(1, len(calls) + 1):
        with fail_aws_call(which, moment) as failed:
            answer = link.begin()
        if not failed:
            continue  # the link is open by now, which saves the last call
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert link.complete().status == 200


def test_a_person_sees_a_page_when_the_table_is_away(binding: BindingSteps) -> None:
    link = binding.link()
    with fail_aws_call("BatchGetItem", "before"):
        answer = link.follow()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "Please try again" in answer.text
    assert link.follow().status == 302


def test_a_warm_completion_is_two_round_trips(
    binding: BindingSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One consistent batch of job and identity, one transaction with an attempt id."""
    monkeypatch.setenv("KEYBOUND_CACHE_TTL_S", "30")
    forget_rooms()
    calls_of_a_completion(binding)
    link = binding.link()
    body = link.answer()
    with count_aws_calls() as calls:
        assert link.complete(body).status == 200
    monkeypatch.undo()
    forget_rooms()
    assert [call.operation for call in calls] == ["BatchGetItem", "TransactWriteItems"]
    batch = calls[0].params["RequestItems"]["keybound-directory"]
    assert (batch["ConsistentRead"], len(batch["Keys"])) == (True, 2)
    transaction = calls[1].params
    assert len(transaction["ClientRequestToken"]) == 36
    assert [next(iter(write)) for write in transaction["TransactItems"]] == [
        "Put",
        "Put",
        "Update",
        "Update",
        "Update",
        "Update",  # the word for the mail to the owner
    ]
    conditional = [next(iter(write.values())) for write in transaction["TransactItems"][:4]]
    assert all(w["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" for w in conditional)


def test_no_log_line_holds_a_token_a_session_or_a_challenge(
    binding: BindingSteps, caplog: pytest.LogCaptureFixture
) -> None:
    link = binding.link()
    link.follow()
    begun = link.begun()
    link.complete(token="x" * 64)
    link.complete()
    lines = [str(vars(record)) for record in caplog.records]
    assert sum("'room': 'bind_redirect'" in line for line in lines) >= 4
    secrets = [link.token, begun["binding_session"], begun["public_key"]["challenge"]]
    secrets += ["ada@example.com", "x" * 64]
    assert [secret for secret in secrets if any(secret in line for line in lines)] == []
