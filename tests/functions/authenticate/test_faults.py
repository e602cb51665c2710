"""AWS failing in the middle of a sign-in: never two codes, and a clear word what to do."""

import pytest

from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.oauth_answers import added, check_json
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.software_authenticator import SoftwareAuthenticator
from tests.support.table_state import logins

MOMENTS: tuple[Moment, ...] = ("before", "after")
OPERATIONS = ["BatchGetItem", "BatchGetItem", "BatchGetItem", "PutItem", "UpdateItem"]


def person_with(platform: Platform, *, synced: bool) -> SignIn:
    device = SoftwareAuthenticator(
        origin="https://app.example.com", backup_eligible=synced, counting=True
    )
    return new_sign_in(platform, authenticator=device)


def test_the_number_of_calls_below_is_right(platform: Platform) -> None:
    person = person_with(platform, synced=False)
    person.code()
    request = person.request()
    assertion = person.assertion(request)
    with count_aws_calls() as calls:
        assert person.authenticate(request, assertion).status == 200
    assert sorted(call.operation for call in calls) == sorted(OPERATIONS)


@pytest.mark.parametrize("synced", [False, True], ids=["device-bound", "synced"])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("which", range(1, len(OPERATIONS) + 1))
def test_the_failure_of_any_one_call_gives_no_code_and_never_a_second(
    platform: Platform, which: int, moment: Moment, synced: bool
) -> None:
    person = person_with(platform, synced=synced)
    request = person.request()
    assertion = person.assertion(request)
    before = len(logins())
    with fail_aws_call(which, moment) as failed:
        answer = person.authenticate(request, assertion)
    assert len(failed) == 1
    check_json(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"
    if failed[0].operation in ("PutItem", "UpdateItem"):
        assert "start the sign-in again" in answer.json()["error_description"]
    again = [person.authenticate(request, assertion) for _ in range(2)]
    assert [a.status for a in again].count(200) <= 1
    assert {a.status for a in again} <= {200, 400}
    assert len(logins()) <= before + 1
    fresh = person.authenticate(person.request())
    code = added(fresh.json()["redirect_url"])["code"]
    assert person.redeem(code).status == 200, "starting again works at once"


def test_before_anything_was_written_the_same_answer_may_be_sent_again(
    platform: Platform,
) -> None:
    person = person_with(platform, synced=False)
    request = person.request()
    assertion = person.assertion(request)
    with fail_aws_call("BatchGetItem", "before"):
        assert person.authenticate(request, assertion).status == 503
    assert person.authenticate(request, assertion).status == 200


def test_authorize_is_unavailable_rather_than_wrong(platform: Platform) -> None:
    person = new_sign_in(platform)
    for which in (1, 2):
        with fail_aws_call(which, "before") as failed:
            answer = person.authorize()
        assert failed
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert "location" not in answer.headers
