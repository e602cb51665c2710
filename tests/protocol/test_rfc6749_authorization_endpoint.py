"""RFC 6749 §3.1, §4.1.1, §4.1.2: the authorization endpoint. Cases by their id."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.oauth_answers import added, check_back, check_json, check_page, redirected
from tests.support.platform import Answer, Platform
from tests.support.sign_in import REDIRECT_URI, SignIn, new_sign_in
from tests.support.table_state import stored

OTHER_URI = "https://app.example.com/other"
ACCEPTS_PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(
        platform, redirect_uris=(REDIRECT_URI, OTHER_URI), allowed_scopes=("orders",)
    )


def send(person: SignIn, pairs: list[tuple[str, str]], **headers: str) -> Answer:
    url = f"{person.issuer}/authorize?{urlencode(pairs)}"
    return person.platform.call("GET", url, headers=ACCEPTS_PAGE | headers)


def pairs_of(person: SignIn, **changes: str | None) -> list[tuple[str, str]]:
    return list(person.parameters(**changes).items())


SHOWN = {
    "N1 unknown client_id": {"client_id": "nobody"},
    "N1 another case": {"client_id": "CLIENT"},
    "N2 client_id missing": {"client_id": None},
    "N2 client_id empty": {"client_id": ""},
    "N3 unregistered redirect_uri": {"redirect_uri": "https://evil.example/cb"},
    "N5 two registered URIs and none sent": {"redirect_uri": None, "scope": "orders"},
    "N6 redirect_uri missing with openid": {"redirect_uri": None},
}


@pytest.mark.parametrize("changes", SHOWN.values(), ids=SHOWN)
def test_an_error_in_client_or_redirect_uri_is_shown_and_never_redirects(
    person: SignIn, changes: dict[str, str | None]
) -> None:
    """RFC 6749 §4.1.2.1, §3.1.2.4."""
    check_page(send(person, pairs_of(person, **changes)))


def test_n6_with_one_registered_uri_openid_still_needs_it(platform: Platform) -> None:
    person = new_sign_in(platform)
    check_page(send(person, pairs_of(person, redirect_uri=None)))


def test_a_single_registered_uri_may_be_left_out_without_openid(platform: Platform) -> None:
    """RFC 6749 §3.1.2.3; then the token request leaves it out too (§4.1.3)."""
    person = new_sign_in(platform, allowed_scopes=("orders",))
    code = person.code(redirect_uri=None, scope="orders")
    assert person.redeem(code, redirect_uri=None).status == 200


TOLD: dict[str, tuple[dict[str, str | None], str]] = {
    "N10 response_type missing": ({"response_type": None}, "invalid_request"),
    "N10 response_type empty": ({"response_type": ""}, "invalid_request"),
    "N11 token": ({"response_type": "token"}, "unsupported_response_type"),
    "N11 id_token": ({"response_type": "id_token"}, "unsupported_response_type"),
    "N11 code token": ({"response_type": "code token"}, "unsupported_response_type"),
    "N11 code id_token": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "N11 none": ({"response_type": "none"}, "unsupported_response_type"),
    "N11 CODE": ({"response_type": "CODE"}, "unsupported_response_type"),
    "N15 unknown scope": ({"scope": "openid admin"}, "invalid_scope"),
    "N15 scope of another case": ({"scope": "openid Orders"}, "invalid_scope"),
    "N15 management scope": ({"scope": "openid identities:read"}, "invalid_scope"),
    "N16 quote in scope": ({"scope": 'openid "x"'}, "invalid_scope"),
    "N16 backslash in scope": ({"scope": "openid a\\b"}, "invalid_scope"),
    "N16 control character in scope": ({"scope": "openid\x01"}, "invalid_scope"),
    "N16 two spaces in scope": ({"scope": "openid  orders"}, "invalid_scope"),
    "N30 response_mode fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "N30 response_mode query.jwt": ({"response_mode": "query.jwt"}, "invalid_request"),
    "N30 unknown response_mode": ({"response_mode": "carrier-pigeon"}, "invalid_request"),
    "nonce over 255": ({"nonce": "n" * 256}, "invalid_request"),
    "nonce not ASCII": ({"nonce": "n\u00e9"}, "invalid_request"),
    "login_hint over 128": ({"login_hint": "l" * 129}, "invalid_request"),
    "login_hint with a separator": ({"login_hint": "a\x1fb"}, "invalid_request"),
    "scope over 256": ({"scope": "openid " + "o" * 250}, "invalid_request"),
}


@pytest.mark.parametrize(("changes", "error"), TOLD.values(), ids=TOLD)
def test_any_other_error_is_told_to_the_client(
    person: SignIn, changes: dict[str, str | None], error: str
) -> None:
    """RFC 6749 §4.1.2.1, RFC 9207 §2: with state and iss."""
    check_back(send(person, pairs_of(person, **changes)), error, issuer=person.issuer)


@pytest.mark.parametrize(("changes", "error"), TOLD.values(), ids=TOLD)
def test_t22_no_error_is_ever_told_to_an_unregistered_redirect_uri(
    person: SignIn, changes: dict[str, str | None], error: str
) -> None:
    bad = {"redirect_uri": "https://evil.example/cb"}
    check_page(send(person, pairs_of(person, **(changes | bad))))


@pytest.mark.parametrize("state", ["s" * 1025, "caf\u00e9", "a\nb"])
def test_a_state_out_of_bounds_is_refused_and_returned_as_it_was(
    person: SignIn, state: str
) -> None:
    answer = send(person, pairs_of(person, state=state))
    check_back(answer, "invalid_request", issuer=person.issuer, state=state)


@pytest.mark.parametrize("state", ["s" * 200_000, "\u20ac" * 1_000])
def test_a_state_that_no_redirect_can_carry_is_refused_on_a_page(
    person: SignIn, state: str
) -> None:
    """API Gateway answers 500 where an answer's headers have more than 10,240 bytes."""
    pairs = pairs_of(person, state=state)
    check_page(person.platform.call("POST", f"{person.issuer}/authorize", form=pairs))


def test_n12_a_client_without_the_grant_is_told_so(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=("client_credentials",))
    answer = send(person, pairs_of(person))
    check_back(answer, "unauthorized_client", issuer=person.issuer)


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "response_type", "code_challenge"])
def test_n13_a_repeated_parameter_is_refused(person: SignIn, name: str) -> None:
    """RFC 6749 §3.1. A state that came twice is not returned: nobody knows which was meant."""
    value = person.parameters()[name]
    answer = send(person, [*pairs_of(person), (name, value)])
    state = "" if name == "state" else "st-1"
    check_back(answer, "invalid_request", issuer=person.issuer, state=state)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_n13_a_repeated_client_or_redirect_uri_is_shown(person: SignIn, name: str) -> None:
    check_page(send(person, [*pairs_of(person), (name, person.parameters()[name])]))


def test_n14_unknown_parameters_are_ignored_and_empty_ones_count_as_omitted(
    person: SignIn,
) -> None:
    """RFC 6749 §3.1."""
    pairs = [*pairs_of(person), ("theme", "dark"), ("theme", "light"), ("prompt", "")]
    assert redirected(send(person, pairs), "https://app.example.com/passkeys/bi-authenticate")


def test_a_request_without_state_gets_none_back(person: SignIn) -> None:
    answer = send(person, pairs_of(person, state=None, response_type="token"))
    check_back(answer, "unsupported_response_type", issuer=person.issuer, state="")


def test_the_redirect_uri_keeps_its_query_and_the_state_returns_unchanged(
    person: SignIn,
) -> None:
    """RFC 6749 §3.1.2, §4.1.2."""
    state = '"quoted" \\ & = + % # ; ~'
    answer = person.authenticate(person.request(state=state))
    found = added(answer.json()["redirect_url"])
    assert found.pop("code")
    assert found == {"state": state, "iss": person.issuer}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_n35_other_methods_are_refused_with_allow(person: SignIn, method: str) -> None:
    answer = person.platform.call(method, f"{person.issuer}/authorize")
    check_json(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"


def test_n35_head_answers_like_get_without_a_body(person: SignIn) -> None:
    url = f"{person.issuer}/authorize?{urlencode(person.parameters())}"
    answer = person.platform.call("HEAD", url)
    assert answer.status == 302
    assert answer.body == b""
    refused = person.platform.call("HEAD", f"{person.issuer}/authorize")
    assert (refused.status, refused.body) == (400, b"")


def test_n41_a_form_post_works_like_get(person: SignIn) -> None:
    answer = person.platform.call("POST", f"{person.issuer}/authorize", form=pairs_of(person))
    assert "request" in redirected(answer, "https://app.example.com/passkeys/bi-authenticate")


NOT_FORMS: dict[str, dict[str, Any]] = {
    "JSON": {"json": {"client_id": "x"}},
    "no content type": {"body": "client_id=x"},
    "multipart": {"headers": {"content-type": "multipart/form-data; boundary=b"}, "body": "--b--"},
    "not UTF-8": {
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": b"client_id=\xff",
    },
}


@pytest.mark.parametrize("sent", NOT_FORMS.values(), ids=NOT_FORMS)
def test_n41_another_body_is_refused(person: SignIn, sent: dict[str, Any]) -> None:
    sent = {**sent, "headers": ACCEPTS_PAGE | sent.get("headers", {})}
    check_page(person.platform.call("POST", f"{person.issuer}/authorize", **sent))


def test_a_program_that_asks_for_json_gets_json(person: SignIn) -> None:
    url = f"{person.issuer}/authorize?client_id=x"
    answer = person.platform.call("GET", url, headers={"accept": "application/json"})
    check_json(answer, 400, "invalid_request")


def test_authorize_writes_nothing_whatever_is_asked(person: SignIn) -> None:
    before = stored()
    person.request()
    send(person, pairs_of(person, scope="openid admin"))
    assert stored() == before


def test_an_unknown_application_is_not_found(person: SignIn) -> None:
    other = person.issuer[:-4] + "0000"
    answer = person.platform.call("GET", f"{other}/authorize?client_id=x", headers=ACCEPTS_PAGE)
    check_page(answer)
    assert answer.status == 404
