"""AWS failing in the middle of a token request: before and after every call took effect.

The answer is 503 with a retry hint, or success; and a code that nobody got tokens for is still
good, because the handler undoes its burn.
"""

from typing import Any
from unittest.mock import patch

import pytest
from keybound.domain.errors import Unavailable
from keybound.signing.kms import KmsSigner

from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.aws_rounds import leave_keys_unprocessed
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import logins

GRANTS = ("authorization_code", "client_credentials")
MOMENTS: tuple[Moment, ...] = ("before", "after")
# Uncached: the application with its realm, batch, pointer, burn, then keys and signature twice.
LAST_CALL = 8


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    person = new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))
    person.tokens()
    return person


def try_again_later(answer: Answer) -> None:
    check_json(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"


def test_the_number_of_calls_below_is_right(person: SignIn) -> None:
    code = person.code()
    with count_aws_calls() as calls:
        assert person.redeem(code).status == 200
    operations = sorted(call.operation for call in calls)
    assert len(operations) == LAST_CALL
    assert operations == [
        *("BatchGetItem", "BatchGetItem", "PutItem", "Query", "Query", "Sign", "Sign", "UpdateItem")
    ]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("which", range(1, LAST_CALL + 1))
def test_a_code_survives_the_failure_of_any_one_call(
    person: SignIn, which: int, moment: Moment
) -> None:
    code = person.code()
    with fail_aws_call(which, moment) as failed:
        answer = person.redeem(code)
    assert len(failed) == 1
    try_again_later(answer)
    again = person.redeem(code)
    assert again.status == 200, (failed[0].operation, again.text)
    assert person.userinfo(again.json()["access_token"]).status == 200
    check_json(person.redeem(code), 400, "invalid_grant")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("which", range(1, LAST_CALL + 3))
def test_a_code_survives_it_in_a_cold_room_too(person: SignIn, which: int, moment: Moment) -> None:
    """A room that has just started also reads and unwraps its sealing key."""
    code = person.code()
    forget_rooms()
    with fail_aws_call(which, moment) as failed:
        answer = person.redeem(code)
    assert len(failed) == 1
    try_again_later(answer)
    assert person.redeem(code).status == 200


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("operation", ["Sign", "UpdateItem", "BatchGetItem", "PutItem"])
def test_the_failed_request_gives_no_token_away(
    person: SignIn, operation: str, moment: Moment
) -> None:
    code = person.code()
    with fail_aws_call(operation, moment):
        text = person.redeem(code).text
    assert "eyJ" not in text


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("which", [1, 2, 3])
def test_client_credentials_fails_and_recovers(person: SignIn, which: int, moment: Moment) -> None:
    form = {"client_id": person.application.client_id, "client_secret": SECRET}
    form["grant_type"] = "client_credentials"
    with fail_aws_call(which, moment) as failed:
        answer = person.token(form)
    assert [call.operation for call in failed] == [("BatchGetItem", "Query", "Sign")[which - 1]]
    try_again_later(answer)
    assert person.token(form).status == 200


def test_a_wrong_redemption_during_a_failure_leaves_the_code_good(person: SignIn) -> None:
    code = person.code()
    with fail_aws_call("BatchGetItem", "before"):
        try_again_later(person.redeem(code, code_verifier="w" * 43))
    assert person.redeem(code).status == 200


def test_when_the_undo_fails_too_the_code_is_spent_and_gives_nothing(person: SignIn) -> None:
    """Two failures in one request: the person signs in again, nobody gets two tokens."""
    code = person.code()
    undone: list[Any] = []
    sign = KmsSigner.sign

    def fail_and_break_the_undo(*args: Any, **kwargs: Any) -> str:
        if not undone:
            undone.append(fail_aws_call("UpdateItem", "before", times=9))
            undone[0].__enter__()
        raise Unavailable(detail="made to fail by a test")

    with patch.object(KmsSigner, "sign", fail_and_break_the_undo):
        answer = person.redeem(code)
    undone[0].__exit__(None, None, None)
    assert KmsSigner.sign is sign
    try_again_later(answer)
    check_json(person.redeem(code), 400, "invalid_grant")


def test_a_replay_seen_before_the_undo_revokes_and_wins(person: SignIn) -> None:
    """The first request fails at KMS; a replay comes in between; the code stays dead."""
    code = person.code()
    replays: list[Answer] = []

    def replay_and_fail(*args: Any, **kwargs: Any) -> str:
        if not replays:
            replays.append(person.redeem(code))
        raise Unavailable(detail="made to fail by a test")

    with patch.object(KmsSigner, "sign", replay_and_fail):
        answer = person.redeem(code)
    check_json(replays[0], 400, "invalid_grant")
    check_json(answer, 400, "invalid_grant")
    check_json(person.redeem(code), 400, "invalid_grant")
    assert any(int(item["revoked_at"]["N"]) > 0 for item in logins())


@pytest.mark.parametrize("times", [1, 2])
def test_unprocessed_keys_are_asked_for_again(person: SignIn, times: int) -> None:
    code = person.code()
    with leave_keys_unprocessed(times) as held:
        answer = person.redeem(code)
    assert len(held) == times
    assert answer.status == 200


def test_keys_that_stay_unprocessed_are_unavailable_never_absent(person: SignIn) -> None:
    """Taken as absent, a busy table would look like a deleted identity."""
    code, token = person.code(), person.tokens()["access_token"]
    request = person.request()
    with leave_keys_unprocessed(99) as held:
        try_again_later(person.redeem(code))
        try_again_later(person.userinfo(token))
        try_again_later(person.authenticate(request))
    assert len(held) == 9
    assert person.redeem(code).status == 200
    assert person.authenticate(request).status == 200
