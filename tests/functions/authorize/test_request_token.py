"""The request token: its size, what a browser can read in it, and that nothing else is one."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from keybound.domain.encoding import b64url, from_b64url
from keybound.storage import keys

from functions import composition
from tests.support.oauth_answers import added, check_back, check_json, redirected
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import INVOKE_URL, SECRET, SignIn, new_sign_in

MAX_BYTES = 6656
LONG_URI = "https://app.example.com/" + "c" * (1024 - 24)
LIMITS = {
    "redirect_uri": LONG_URI,
    "state": ('"\\ ' * 342)[:1024],
    "nonce": ('\\" ' * 85)[:255],
    "scope": "openid " + "s" * 249,
}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture
def present(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


@pytest.fixture
def long_host() -> Iterator[str]:
    """A deployment whose own host name is long."""
    before = os.environ["KEYBOUND_AUTH_BASE_URL"]
    os.environ["KEYBOUND_AUTH_BASE_URL"] = "https://" + "auth." * 10 + "example.com"
    forget_rooms()
    yield os.environ["KEYBOUND_AUTH_BASE_URL"]
    os.environ["KEYBOUND_AUTH_BASE_URL"] = before
    forget_rooms()


def payload(request: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(from_b64url(request.split(".")[1]))
    return found


def at_all_limits(platform: Platform, **application: Any) -> SignIn:
    return new_sign_in(
        platform, redirect_uris=(LONG_URI,), allowed_scopes=("s" * 249,), **application
    )


def test_a_request_with_everything_at_its_limit_fits_and_comes_back_unchanged(
    platform: Platform,
) -> None:
    person = at_all_limits(platform, display_name="\U0001f511" * 64)
    traits = {**person.identity.traits, "username": "u" * 128}
    person.change_identity(traits=traits)
    request = person.request(**LIMITS, login_hint="u" * 128)
    assert len(request) <= MAX_BYTES
    answer = person.authenticate(request)
    found = added(answer.json()["redirect_url"], LONG_URI)
    assert found["state"] == LIMITS["state"]
    tokens = person.redeem(found["code"], redirect_uri=LONG_URI).json()
    id_token = json.loads(from_b64url(tokens["id_token"].split(".")[1]))
    assert id_token["nonce"] == LIMITS["nonce"]
    assert set(tokens["scope"].split()) == set(LIMITS["scope"].split())


def test_it_fits_under_a_long_host_name_too(platform: Platform, long_host: str) -> None:
    person = at_all_limits(platform)
    path = person.issuer.removeprefix(platform.auth_base_url)
    more = {"login_hint": "l" * 128, "dpop_jkt": "A" * 43}
    query = urlencode(person.parameters(**LIMITS, **more))
    answer = platform.call("GET", f"{path}/authorize?{query}", host="auth")
    request = redirected(answer, f"{INVOKE_URL}/bi-authenticate")["request"]
    assert payload(request)["iss"].startswith(long_host)
    assert len(request) <= MAX_BYTES


def test_a_request_that_would_not_fit_is_refused_to_the_client(platform: Platform) -> None:
    """Nothing is cut: a request is whole or it is not made."""
    scopes = tuple(f"{n:03}" + "s" * 80 for n in range(40))
    person = new_sign_in(platform, redirect_uris=(LONG_URI,), allowed_scopes=scopes)
    answer = person.authorize(redirect_uri=LONG_URI, scope=None, state=LIMITS["state"])
    check_back(answer, "invalid_request", issuer=person.issuer, state=LIMITS["state"], uri=LONG_URI)


def test_a_browser_reads_what_it_needs_and_nothing_of_the_clients(person: SignIn) -> None:
    request = person.request(login_hint="somebody@example.com")
    found = payload(request)
    assert found.pop("sealed")
    assert set(found) == {
        "iss",
        "aud",
        "jti",
        "iat",
        "exp",
        "ver",
        "client_id",
        "application",
        "relying_party_id",
        "challenge",
        "user_verification",
        "authentication_methods",
    }
    assert found["iss"] == found["aud"] == person.issuer
    assert found["exp"] - found["iat"] == 300
    assert found["user_verification"] == "required"
    assert found["application"] == {"id": person.application.id, "display_name": "Shop"}
    assert len(from_b64url(found["challenge"])) == 32
    text = json.dumps(payload(request))
    for secret in ("st-1", "n-1", "somebody", "callback", person.passkey.credential_id):
        assert secret not in text


def test_challenges_are_never_repeated(person: SignIn) -> None:
    found = [payload(person.request()) for _ in range(20)]
    for name in ("challenge", "jti", "sealed"):
        assert len({f[name] for f in found}) == 20


def ask(person: SignIn, request: object, **more: object) -> Any:
    body = {"request": request, "credential": {}, **more}
    return person.platform.call("POST", f"{person.issuer}/authenticate", json=body)


def signed(header: object, content: dict[str, Any]) -> str:
    """Any header and payload under the right key, as only we could make it."""
    text = ".".join(b64url(json.dumps(part).encode()) for part in (header, content))
    mac = composition.authenticator("request")
    return f"{text}.{b64url(mac.sign(text.encode(), mac.current_kid()))}"


def test_nothing_but_a_request_token_is_accepted_as_one(person: SignIn) -> None:
    good = person.request()
    head, body, tail = good.split(".")
    header, content = json.loads(from_b64url(head)), payload(good)
    sealer = composition.sealer("request")
    tokens = person.tokens()
    wrong: list[object] = [
        *(None, 7, True, [], {}, "", ".", "..", "...", "x.y.z", "\u00e9.\u00e9.\u00e9", "a" * 9000),
        *(good[:-1], good + "A", good + "=", f"{head}.{body}.", f"{head}.{body}", f" {good}"),
        f"{head}.{b64url(json.dumps({**content, 'client_id': 'x'}).encode())}.{tail}",
        *tokens.values(),
        person.code(),
        sealer.seal(b"x", "request|authorization"),
        *(f"{b64url(bad)}.{body}.{tail}" for bad in (b"[]", b"1", b'"a"', b"null", b"[" * 900)),
        signed({**header, "typ": "JWT"}, content),
        signed({**header, "typ": "at+jwt"}, content),
        signed({**header, "alg": "none"}, content),
        signed({**header, "crit": ["x"]}, content),
        signed({"alg": "HS256", "typ": header["typ"]}, content),
        signed({**header, "kid": "00000000"}, content),
        signed({**header, "kid": 1}, content),
        signed({**header, "kid": ["a"]}, content),
        signed(header, {**content, "ver": 2}),
        signed(header, {**content, "iss": "https://evil.example"}),
        signed(header, {**content, "aud": "https://evil.example"}),
        signed(header, {**content, "jti": "another"}),
        signed(header, {**content, "sealed": content["sealed"][:-2]}),
        signed(header, {**content, "sealed": 7}),
        signed(header, {}),
    ]
    for request in wrong:
        check_json(ask(person, request), 400, "invalid_request")
    assert person.authenticate(good).status == 200


def test_a_request_token_is_accepted_nowhere_else(person: SignIn) -> None:
    request = person.request()
    check_json(person.userinfo(request), 401, "invalid_token")
    check_json(person.redeem(request), 400, "invalid_grant")
    check_back(person.authorize(id_token_hint=request), "invalid_request", issuer=person.issuer)
    answer = person.platform.call("GET", f"{person.platform.realm_path}/identities", token=request)
    assert answer.status == 401
    basic = {"grant_type": "client_credentials", "client_id": request, "client_secret": SECRET}
    check_json(person.token(basic), 401, "invalid_client")


def test_t51_a_request_of_application_a_is_not_valid_at_issuer_b(
    platform: Platform, person: SignIn
) -> None:
    other = new_sign_in(platform)
    request = person.request()
    body = {"request": request, "credential": person.assertion(request)}
    answer = platform.call("POST", f"{other.issuer}/authenticate", json=body)
    check_json(answer, 400, "invalid_request")


def test_n146_a_request_ends_exactly_with_its_three_hundredth_second(
    platform: Platform, person: SignIn, present: None
) -> None:
    request, late = person.request(), person.request()
    platform.clock.advance(299)
    assert person.authenticate(request).status == 200
    platform.clock.advance(1)
    check_json(person.authenticate(late), 400, "invalid_request")


CHANGES: dict[str, dict[str, Any]] = {
    "client_id changed": {"client_id": "another"},
    "grant taken away": {"grant_types": ("client_credentials",)},
    "redirect URI taken away": {"redirect_uris": ("https://app.example.com/other",)},
    "scope taken away": {"allowed_scopes": ()},
    "config taken away": {"authenticator_config_id": None},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_an_opened_request_is_judged_by_the_application_as_it_is_now(
    platform: Platform, changes: dict[str, Any]
) -> None:
    person = new_sign_in(platform, allowed_scopes=("orders",))
    request = person.request(scope="openid orders")
    person.change_application(**changes)
    check_json(person.authenticate(request), 400, "invalid_request")


def test_a_deleted_application_finishes_no_sign_in(platform: Platform) -> None:
    person = new_sign_in(platform)
    request, a = person.request(), person.application
    platform.deployment.directory.delete(keys.application(a.tenant_id, a.realm_id, a.id))
    check_json(person.authenticate(request), 404, "not_found")
