"""RFC 9207: `iss` in every authorization response, equal to the metadata's issuer."""

import pytest

from tests.support.oauth_answers import added, check_json, redirected
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


def test_n40_success_carries_the_issuer_of_the_metadata(person: SignIn) -> None:
    url = f"{person.issuer}/.well-known/openid-configuration"
    issuer = person.platform.call("GET", url).json()["issuer"]
    answer = person.authenticate(person.request())
    assert added(answer.json()["redirect_url"])["iss"] == issuer == person.issuer


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"scope": "admin"},
        {"prompt": "none"},
        {"code_challenge": "x"},
        {"request": "x"},
        {"id_token_hint": "x"},
    ],
    ids=str,
)
def test_n40_every_error_carries_it_too(person: SignIn, changes: dict[str, str]) -> None:
    assert redirected(person.authorize(**changes))["iss"] == person.issuer


def test_n32_a_cancelled_sign_in_carries_it_too(person: SignIn) -> None:
    answer = cancel(person, person.request())
    assert added(answer.json()["redirect_url"]) == {
        "error": "access_denied",
        "error_description": "the person did not sign in",
        "state": "st-1",
        "iss": person.issuer,
    }


def cancel(person: SignIn, request: str, **more: object) -> Answer:
    body = {"request": request, "error": "access_denied", **more}
    return person.platform.call("POST", f"{person.issuer}/authenticate", json=body)


def test_only_a_cancelled_sign_in_may_be_reported(person: SignIn) -> None:
    request = person.request()
    for error in ("server_error", "", None, ["access_denied"], {"a": 1}, 7):
        body = {"request": request, "error": error}
        answer = person.platform.call("POST", f"{person.issuer}/authenticate", json=body)
        check_json(answer, 400, "invalid_request")
    answer = cancel(person, request, credential=person.assertion(request))
    check_json(answer, 400, "invalid_request")


def test_manual_invocation_tells_success_and_errors_as_json(platform: Platform) -> None:
    """Errors that would redirect are 400 with the same members; no redirect is sent."""
    person = new_sign_in(platform)
    person.change_config(invocation_type="manual")
    good = person.authorize()
    assert good.status == 200
    assert good.json()["authenticate_url"].startswith(
        "https://app.example.com/passkeys/bi-authenticate?request="
    )
    bad = person.authorize(scope="admin")
    assert bad.status == 400
    assert "location" not in bad.headers
    description = bad.json()["error_description"]
    assert bad.json() == {
        "error": "invalid_scope",
        "error_description": description,
        "state": "st-1",
        "iss": person.issuer,
    }
    assert bad.headers["cache-control"] == "no-store"
