"""AWS failing in the middle of a refresh: before and after every call took effect.

The answer is 503 with a retry hint, and the same refresh token then gets an answer: a rotation is
never rolled back, its answer is kept for an hour. The clock only goes forward here, because rooms
would remember what they read later.
"""

import json
from typing import Any
from unittest.mock import patch

import pytest
from keybound.domain.encoding import from_b64url
from keybound.domain.errors import Unavailable
from keybound.signing.kms import KmsSigner

from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.aws_rounds import leave_keys_unprocessed
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.table_state import logins

GRANTS = ("authorization_code", "refresh_token")
MOMENTS: tuple[Moment, ...] = ("before", "after")
LAST_CALL = 7  # uncached: application, batch, rotation, then keys and signature twice
UNWRAPPING = 4  # a cold room also reads and unwraps two sealing keys


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    person = new_sign_in(platform, grant_types=GRANTS)
    assert person.refresh(person.tokens()["refresh_token"]).status == 200
    return person


def try_again_later(answer: Answer) -> None:
    check_json(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"


def family(sid: str) -> dict[str, Any]:
    """The stored family of a login."""
    (found,) = [item for item in logins() if item["sid"]["S"] == sid]
    members: dict[str, Any] = found["family"]["M"]
    return members


def sid_of(tokens: dict[str, Any]) -> str:
    payload = from_b64url(tokens["access_token"].split(".")[1])
    return str(json.loads(payload)["sid"])


def test_the_number_of_calls_below_is_right(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    with count_aws_calls() as calls:
        assert person.refresh(token).status == 200
    operations = sorted(call.operation for call in calls)
    assert operations == [
        *("BatchGetItem", "BatchGetItem", "Query", "Query", "Sign", "Sign", "UpdateItem")
    ]
    assert len(operations) == LAST_CALL
    forget_rooms()
    with count_aws_calls() as calls:
        assert person.refresh(token).status == 200
    assert len(calls) == LAST_CALL + UNWRAPPING


def check_recovers(person: SignIn, token: str) -> None:
    """The same token gets its answer, even after the usual grace, and the family goes on."""
    person.platform.clock.advance(60)
    again = person.refresh(token)
    assert again.status == 200, again.text
    assert person.userinfo(again.json()["access_token"]).status == 200
    assert person.refresh(again.json()["refresh_token"]).status == 200


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("which", range(1, LAST_CALL + 1))
def test_a_refresh_survives_the_failure_of_any_one_call(
    person: SignIn, which: int, moment: Moment
) -> None:
    token = person.tokens()["refresh_token"]
    with fail_aws_call(which, moment) as failed:
        answer = person.refresh(token)
    assert len(failed) == 1
    try_again_later(answer)
    assert "eyJ" not in answer.text
    check_recovers(person, token)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("which", range(1, LAST_CALL + UNWRAPPING + 1))
def test_it_does_in_a_cold_room_too(person: SignIn, which: int, moment: Moment) -> None:
    token = person.tokens()["refresh_token"]
    forget_rooms()
    with fail_aws_call(which, moment) as failed:
        answer = person.refresh(token)
    assert len(failed) == 1
    try_again_later(answer)
    check_recovers(person, token)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_code_with_a_refresh_token_survives_it_as_well(person: SignIn, moment: Moment) -> None:
    code = person.code()
    with fail_aws_call("Sign", moment) as failed:
        try_again_later(person.redeem(code))
    assert failed
    token = person.redeem(code).json()["refresh_token"]
    assert person.refresh(token).status == 200


def test_a_failure_after_the_rotation_keeps_its_answer_for_an_hour(person: SignIn) -> None:
    tokens = person.tokens()
    token, sid = tokens["refresh_token"], sid_of(tokens)
    now = person.platform.clock.now()
    with fail_aws_call("Sign", "before"):
        try_again_later(person.refresh(token))
    before = family(sid)
    assert int(before["grace_until"]["N"]) - now in range(3600, 3660)
    assert person.refresh(token).status == 200
    assert family(sid) == before, "the repeat wrote nothing"
    person.platform.clock.advance(3700)
    check_json(person.refresh(token), 400, "invalid_grant")


def test_within_that_hour_an_expired_access_token_says_so(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, expires_after=60)
    token = person.tokens()["refresh_token"]
    with fail_aws_call("Sign", "before"):
        try_again_later(person.refresh(token))
    platform.clock.advance(600)
    answer = person.refresh(token).json()
    assert answer["expires_in"] == 0
    assert person.refresh(answer["refresh_token"]).json()["expires_in"] == 60


def test_a_repeat_that_fails_keeps_the_answer_too(person: SignIn) -> None:
    """The first answer was lost on its way, and KMS fails when the client comes back."""
    token = person.tokens()["refresh_token"]
    lost = person.refresh(token).json()
    with fail_aws_call("Sign", "before"):
        try_again_later(person.refresh(token))
    person.platform.clock.advance(600)
    assert person.refresh(token).json()["refresh_token"] == lost["refresh_token"]


def test_when_keeping_fails_too_the_usual_grace_is_left(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    broken: list[Any] = []

    def fail_and_break_the_next_write(*_: Any, **__: Any) -> str:
        if not broken:
            broken.append(fail_aws_call("UpdateItem", "before", times=9))
            broken[0].__enter__()
        raise Unavailable(detail="made to fail by a test")

    with patch.object(KmsSigner, "sign", fail_and_break_the_next_write):
        answer = person.refresh(token)
    broken[0].__exit__(None, None, None)
    try_again_later(answer)
    assert person.refresh(token).status == 200
    person.platform.clock.advance(60)
    check_json(person.refresh(token), 400, "invalid_grant")


def test_a_replay_seen_while_it_failed_revokes_and_wins(person: SignIn) -> None:
    """The rotation fails at KMS; the code is replayed in between; nothing comes back."""
    code = person.code()
    token = person.redeem(code).json()["refresh_token"]

    def replay_and_fail(*_: Any, **__: Any) -> str:
        person.redeem(code)
        raise Unavailable(detail="made to fail by a test")

    with patch.object(KmsSigner, "sign", replay_and_fail):
        try_again_later(person.refresh(token))
    check_json(person.refresh(token), 400, "invalid_grant")


def test_a_replay_that_cannot_be_recorded_is_no_success(person: SignIn) -> None:
    first = person.tokens()["refresh_token"]
    second = person.refresh(first).json()["refresh_token"]
    third = person.refresh(second).json()["refresh_token"]
    with fail_aws_call(4, "before") as failed:  # application, batch, rotation, revocation
        try_again_later(person.refresh(first))
    assert [call.operation for call in failed] == ["UpdateItem"]
    check_json(person.refresh(first), 400, "invalid_grant")
    check_json(person.refresh(third), 400, "invalid_grant")


@pytest.mark.parametrize("times", [1, 2])
def test_unprocessed_keys_are_asked_for_again(person: SignIn, times: int) -> None:
    token = person.tokens()["refresh_token"]
    with leave_keys_unprocessed(times) as held:
        assert person.refresh(token).status == 200
    assert len(held) == times


def test_keys_that_stay_unprocessed_are_unavailable_never_absent(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    with leave_keys_unprocessed(99):
        try_again_later(person.refresh(token))
    check_recovers(person, token)
