"""What was granted ends with the standing it was granted on, and does not come back with it.

T68, N130: every door that a sign-in opened, after a suspension that was lifted again, and after
the passkey was deleted by the management API.
"""

from collections.abc import Callable

import pytest

from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in


def suspend_and_activate(person: SignIn) -> None:
    path = f"/identities/{person.identity.id}"
    for status in ("suspended", "active"):
        body = {"identity": {"status": status}}
        assert person.platform.manage("PATCH", path, body).status == 200


def delete_passkey(person: SignIn) -> None:
    person.end_passkey("DELETE")


End = Callable[[SignIn], None]
ENDS = pytest.mark.parametrize("end", [suspend_and_activate, delete_passkey])


@pytest.fixture
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=("authorization_code", "refresh_token"))


@ENDS
def test_a_code_of_before_is_worth_nothing(person: SignIn, end: End) -> None:
    code = person.code()
    end(person)
    answer = person.redeem(code)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


@ENDS
def test_a_refresh_token_of_before_is_worth_nothing(person: SignIn, end: End) -> None:
    refresh_token = person.tokens(scope="openid offline_access")["refresh_token"]
    end(person)
    answer = person.refresh(refresh_token)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert person.introspect(refresh_token).json() == {"active": False}


@ENDS
def test_an_access_token_of_before_is_worth_nothing(person: SignIn, end: End) -> None:
    token = person.tokens()["access_token"]
    assert person.userinfo(token).status == 200
    end(person)
    assert person.userinfo(token).status == 401
    assert person.introspect(token).json() == {"active": False}


def test_whoever_is_active_again_signs_in_again(person: SignIn) -> None:
    suspend_and_activate(person)
    assert person.userinfo(person.tokens()["access_token"]).status == 200


def test_other_changes_of_a_person_end_nothing(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    path = f"/identities/{person.identity.id}"
    for body in ({"display_name": "Countess"}, {"status": "active"}):
        assert person.platform.manage("PATCH", path, {"identity": body}).status == 200
    assert person.userinfo(token).status == 200


def test_a_deleted_passkey_signs_in_nobody(person: SignIn) -> None:
    request = person.request()
    delete_passkey(person)
    answer = person.authenticate(request)
    assert (answer.status, answer.json()["error"]) == (400, "access_denied")
