"""OAuth 2.0 Form Post Response Mode: answers are posted, to registered web addresses only."""

import base64
import hashlib
import re
from html import unescape

import pytest

from tests.support.oauth_answers import check_back, check_json, check_page
from tests.support.platform import Answer, Platform
from tests.support.sign_in import REDIRECT_URI, SignIn, new_sign_in

FORM = {"response_mode": "form_post"}
INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


def posted(answer: Answer) -> tuple[str, dict[str, str]]:
    """Return action and parameters that `authenticate` hands to the app's page."""
    assert answer.status == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json().keys() - {"signals"} == {"form_post"}
    form = answer.json()["form_post"]
    assert form.keys() == {"action", "parameters"}
    return form["action"], form["parameters"]


def posting_page(answer: Answer) -> tuple[str, dict[str, str]]:
    """Return action and parameters of a page that posts itself."""
    assert answer.status == 200, answer.text
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    (action,) = re.findall(r'<form method="post" action="([^"]*)">', answer.text)
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'sha256-{hashed}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    return unescape(action), {k: unescape(v) for k, v in INPUT.findall(answer.text)}


def test_success_is_posted_with_state_and_iss_and_the_code_works(person: SignIn) -> None:
    """The redirect URI keeps its query and gets nothing added to it."""
    action, parameters = posted(person.authenticate(person.request(**FORM)))
    assert action == REDIRECT_URI
    assert parameters.keys() == {"code", "state", "iss"}
    assert (parameters["state"], parameters["iss"]) == ("st-1", person.issuer)
    assert person.redeem(parameters["code"]).status == 200


def test_without_a_state_none_is_posted(person: SignIn) -> None:
    _, parameters = posted(person.authenticate(person.request(state=None, **FORM)))
    assert parameters.keys() == {"code", "iss"}


def test_n32_a_cancelled_sign_in_is_posted(person: SignIn) -> None:
    body = {"request": person.request(**FORM), "error": "access_denied"}
    answer = person.platform.call("POST", f"{person.issuer}/authenticate", json=body)
    action, parameters = posted(answer)
    assert action == REDIRECT_URI
    assert parameters["error"] == "access_denied"
    assert (parameters["state"], parameters["iss"]) == ("st-1", person.issuer)


def test_a_refused_passkey_is_told_to_the_page_and_posted_nowhere(person: SignIn) -> None:
    request = person.request(login_hint="somebody-else", **FORM)
    check_json(person.authenticate(request), 400, "access_denied")


ERRORS: dict[str, tuple[dict[str, str | None], str]] = {
    "N11 response_type": ({"response_type": "token"}, "unsupported_response_type"),
    "N15 scope": ({"scope": "openid admin"}, "invalid_scope"),
    "N18 PKCE": ({"code_challenge_method": "plain"}, "invalid_request"),
    "N22 prompt none": ({"prompt": "none"}, "login_required"),
    "N94 resource": ({"resource": "https://evil.example/"}, "invalid_target"),
}


@pytest.mark.parametrize(("changes", "error"), ERRORS.values(), ids=ERRORS)
def test_n40_errors_are_posted_by_a_page(
    person: SignIn, changes: dict[str, str | None], error: str
) -> None:
    action, parameters = posting_page(person.authorize(**FORM, **changes))
    assert action == REDIRECT_URI
    assert parameters.pop("error") == error
    assert parameters.pop("error_description")
    assert parameters == {"state": "st-1", "iss": person.issuer}


def test_what_a_client_sends_cannot_break_out_of_the_page(person: SignIn) -> None:
    """T13."""
    state = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&'"
    answer = person.authorize(prompt="none", state=state, **FORM)
    _, parameters = posting_page(answer)
    assert parameters["state"] == state
    assert "<img" not in answer.text
    assert answer.text.count("<script>") == 1


@pytest.mark.parametrize("uri", [None, "https://evil.example/", REDIRECT_URI + "x"])
def test_t22_nothing_is_posted_to_an_unregistered_address(person: SignIn, uri: str | None) -> None:
    answer = person.authorize(redirect_uri=uri, **FORM)
    check_page(answer)
    assert "<form" not in answer.text


def test_an_app_scheme_cannot_be_posted_to_and_is_told_by_redirect(platform: Platform) -> None:
    native = new_sign_in(
        platform,
        confidentiality="public",
        client_secret_hash="",
        redirect_uris=("com.example.app:/callback",),
    )
    uri = native.application.redirect_uris[0]
    answer = native.authorize(redirect_uri=uri, **FORM)
    check_back(answer, "invalid_request", issuer=native.issuer, uri=uri)


def test_a_repeated_response_mode_is_told_by_redirect(person: SignIn) -> None:
    pairs = [*person.parameters().items(), ("response_mode", "form_post")] * 1
    pairs.append(("response_mode", "form_post"))
    answer = person.platform.call("POST", f"{person.issuer}/authorize", form=pairs)
    check_back(answer, "invalid_request", issuer=person.issuer)


def test_query_may_be_asked_for_by_name(person: SignIn) -> None:
    answer = person.authenticate(person.request(response_mode="query"))
    assert answer.json().keys() == {"redirect_url", "signals"}


def test_manual_invocation_tells_errors_as_json_all_the_same(platform: Platform) -> None:
    person = new_sign_in(platform)
    person.change_config(invocation_type="manual")
    answer = person.authorize(prompt="none", **FORM)
    assert answer.status == 400
    assert answer.json()["error"] == "login_required"


def test_the_metadata_announces_both_modes_and_no_other(person: SignIn) -> None:
    url = f"{person.issuer}/.well-known/openid-configuration"
    modes = person.platform.call("GET", url).json()["response_modes_supported"]
    assert modes == ["query", "form_post"]
    for mode in ("fragment", "web_message", "query.jwt"):
        check_back(person.authorize(response_mode=mode), "invalid_request", issuer=person.issuer)
