"""OpenID Connect Core §3.1.2.1, §3.1.2.2, §3.1.2.6, §6: parameters that OpenID adds."""

from collections.abc import Iterator

import jwt
import pytest

from tests.support.oauth_answers import added, check_back, check_json, redirected
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in

APP = "https://app.example.com/passkeys/bi-authenticate"


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture(scope="module")
def somebody_else(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture(autouse=True)
def present(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


TOLD: dict[str, tuple[dict[str, str], str]] = {
    "N22 prompt none": ({"prompt": "none"}, "login_required"),
    "N23 none and another": ({"prompt": "none login"}, "invalid_request"),
    "N24 unknown prompt": ({"prompt": "reboot"}, "invalid_request"),
    "N24 prompt in another case": ({"prompt": "LOGIN"}, "invalid_request"),
    "N25 negative max_age": ({"max_age": "-1"}, "invalid_request"),
    "N25 max_age abc": ({"max_age": "abc"}, "invalid_request"),
    "N25 max_age 1e3": ({"max_age": "1e3"}, "invalid_request"),
    "N25 max_age 1.5": ({"max_age": "1.5"}, "invalid_request"),
    "N25 max_age in other digits": ({"max_age": "\u0661"}, "invalid_request"),
    "N25 max_age without end": ({"max_age": "9" * 5000}, "invalid_request"),
    "N27 garbage": ({"id_token_hint": "garbage"}, "invalid_request"),
    "N28 request": ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    "N28 request_uri": ({"request_uri": "https://a.example/r"}, "request_uri_not_supported"),
    "N29 internal": (
        {"request_uri": "http://169.254.169.254/latest/meta-data/"},
        "request_uri_not_supported",
    ),
    "N29 loopback": ({"request_uri": "http://127.0.0.1:8000/"}, "request_uri_not_supported"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
}


@pytest.mark.parametrize(("changes", "error"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_served_is_refused_by_its_own_name(
    person: SignIn, changes: dict[str, str], error: str
) -> None:
    """§3.1.2.6. A `request_uri` that was not pushed here is never fetched."""
    check_back(person.authorize(**changes), error, issuer=person.issuer)


TOLERATED: dict[str, dict[str, str]] = {
    "prompt login": {"prompt": "login"},
    "prompt consent": {"prompt": "consent"},
    "prompt select_account": {"prompt": "select_account"},
    "two prompts": {"prompt": "login consent"},
    "N26 max_age 0": {"max_age": "0"},
    "max_age": {"max_age": "86400"},
    "display": {"display": "popup"},
    "unknown display": {"display": "hologram"},
    "ui_locales": {"ui_locales": "fr-CA de"},
    "claims_locales": {"claims_locales": "xx"},
    "acr_values": {"acr_values": "urn:example:gold"},
    "claims": {"claims": '{"id_token":{}}'},
    "unknown": {"utm_source": "mail"},
}


@pytest.mark.parametrize("changes", TOLERATED.values(), ids=TOLERATED)
def test_15_1_what_every_provider_must_tolerate_is_no_error(
    person: SignIn, changes: dict[str, str]
) -> None:
    assert "request" in redirected(person.authorize(**changes), APP)


def test_n26_every_sign_in_is_fresh_and_says_when(platform: Platform, person: SignIn) -> None:
    """§3.1.2.1: no session is ever continued, so max_age holds whatever it is."""
    request = person.request(max_age="0")
    platform.clock.advance(200)
    now = platform.clock.now()
    answer = person.authenticate(request)
    code = added(answer.json()["redirect_url"])["code"]
    claims = jwt.decode(person.redeem(code).json()["id_token"], options={"verify_signature": False})
    assert now <= claims["auth_time"] <= now + 2


def id_token(person: SignIn) -> str:
    return str(person.tokens()["id_token"])


def test_n27_a_good_hint_lets_only_its_person_sign_in(
    person: SignIn, somebody_else: SignIn
) -> None:
    """§3.1.2.2: never an answer for another user."""
    request = person.request(id_token_hint=id_token(person))
    somebody = somebody_else.assertion(request)
    check_json(person.authenticate(request, somebody), 400, "access_denied")
    assert person.authenticate(request).status == 200


def test_n27_an_expired_id_token_is_a_good_hint(platform: Platform, person: SignIn) -> None:
    hint = id_token(person)
    platform.clock.advance(400 * 24 * 3600)
    assert person.authenticate(person.request(id_token_hint=hint)).status == 200


def test_n27_another_applications_id_token_is_no_hint(
    platform: Platform, person: SignIn, somebody_else: SignIn
) -> None:
    answer = person.authorize(id_token_hint=id_token(somebody_else))
    check_back(answer, "invalid_request", issuer=person.issuer)
    good = jwt.decode(id_token(person), options={"verify_signature": False})
    spoilt: list[dict[str, object]] = [
        {"aud": "another-client"},
        {"aud": [person.application.client_id]},
        {"iss": person.issuer + "/"},
        {"sub": ""},
        {"sub": None},
        {"sub": "\u00e9"},
        {"sub": 7},
        {"sub": "s" * 256},
    ]
    assert redirected(person.authorize(id_token_hint=platform.sign(good, typ="JWT")), APP)
    for changes in spoilt:
        signed = platform.sign(good | changes, typ="JWT")
        answer = person.authorize(id_token_hint=signed)
        check_back(answer, "invalid_request", issuer=person.issuer)


def test_n27_with_prompt_none_nobody_is_signed_in(person: SignIn, somebody_else: SignIn) -> None:
    answer = person.authorize(id_token_hint=id_token(person), prompt="none")
    check_back(answer, "login_required", issuer=person.issuer)


def test_a_login_hint_lets_only_its_person_sign_in(person: SignIn) -> None:
    identity = person.identity
    for hint in (identity.id, identity.username, identity.username.upper(), identity.email):
        assert person.authenticate(person.request(login_hint=hint)).status == 200
    for hint in ("somebody", "ada", identity.username + "x", "@", "*", identity.id[:-1]):
        answer = person.authenticate(person.request(login_hint=hint))
        check_json(answer, 400, "access_denied")


def test_n164_t58_a_login_hint_of_nobody_looks_like_one_of_somebody(person: SignIn) -> None:
    """Same status and shape: authorize looks nobody up."""
    known, unknown = (
        redirected(person.authorize(login_hint=hint), APP)["request"]
        for hint in (person.identity.username, "x" * len(person.identity.username))
    )
    assert len(known) == len(unknown)
