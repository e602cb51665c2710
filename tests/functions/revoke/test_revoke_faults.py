"""AWS failing in the middle of a revocation, and what one costs."""

import pytest

from functions import composition
from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token")
MOMENTS: tuple[Moment, ...] = ("before", "after")
CALLS = {
    "refresh_token": ["BatchGetItem", "UpdateItem"],
    "access_token": ["BatchGetItem", "Query", "UpdateItem"],
}
CASES = [(kind, n + 1) for kind, calls in CALLS.items() for n in range(len(calls))]
UNWRAPPING = 2  # a cold room also reads and unwraps its sealing key
COLD = [(kind, n + 1) for kind, calls in CALLS.items() for n in range(len(calls) + UNWRAPPING)]


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    person = new_sign_in(platform, grant_types=GRANTS)
    assert person.revoke(person.tokens()["access_token"]).status == 200
    return person


def try_again_later(answer: Answer) -> None:
    """RFC 7009 §2.2.1: the client must assume that the token still works."""
    check_json(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("kind", CALLS)
def test_a_revocation_is_one_conditional_write(person: SignIn, kind: str) -> None:
    """The first read is the application's, which is cached in a deployment."""
    token = person.tokens()[kind]
    with count_aws_calls() as calls:
        assert person.revoke(token).status == 200
    assert [call.operation for call in calls] == CALLS[kind]
    write = calls[-1].params
    assert write["TableName"] == composition.settings().grants_table
    assert "client_id = :client AND revoked_at = :zero" in write["ConditionExpression"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("kind", "which"), CASES)
def test_a_revocation_that_fails_says_so_and_can_be_repeated(
    person: SignIn, kind: str, which: int, moment: Moment
) -> None:
    tokens = person.tokens()
    with fail_aws_call(which, moment) as failed:
        answer = person.revoke(tokens[kind])
    assert [call.operation for call in failed] == [CALLS[kind][which - 1]]
    try_again_later(answer)
    assert person.revoke(tokens[kind]).status == 200
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("kind", "which"), COLD)
def test_it_does_in_a_cold_room_too(person: SignIn, kind: str, which: int, moment: Moment) -> None:
    tokens = person.tokens()
    forget_rooms()
    with fail_aws_call(which, moment) as failed:
        answer = person.revoke(tokens[kind])
    assert len(failed) == 1
    try_again_later(answer)
    assert person.revoke(tokens[kind]).status == 200
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")


def test_what_shows_nothing_writes_nothing(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    with count_aws_calls() as calls:
        for shown in ("x", "a.b", token[:-8] + "AAAAAAAA"):
            assert person.revoke(shown).status == 200
        assert person.revoke(token, client_secret="wrong").status == 401
    assert {call.operation for call in calls} <= {"BatchGetItem", "Query"}


def test_fifty_revocations_and_refreshes_at_once_end_revoked(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    tokens = person.tokens()
    shown = tokens["refresh_token"]
    answers = at_once(50, lambda n: (person.revoke if n % 2 else person.refresh)(shown))
    found = [answer for answer in answers if isinstance(answer, Answer)]
    assert len(found) == 50, answers
    assert {answer.status for answer in found[1::2]} == {200}
    for answer in found[::2]:
        if answer.status == 200:
            check_json(person.refresh(answer.json()["refresh_token"]), 400, "invalid_grant")
    check_json(person.refresh(shown), 400, "invalid_grant")
