"""CORS under an issuer and at its discovery documents: preflights, answers, refusals alike."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.platform import Answer, Platform
from tests.support.sign_in import ORIGIN, SignIn, new_sign_in

SPA = "https://spa.example.com"
ENDPOINTS = ("authorize", "authenticate", "token", "userinfo")
STRANGERS = [
    "https://evil.example",
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com/",
    "https://APP.example.com",
    "https://x.app.example.com",
    "null",
    "*",
    "https://app.example.com,https://evil.example",
]


@pytest.fixture(scope="module")
def confidential(platform: Platform) -> SignIn:
    return new_sign_in(platform, redirect_uris=(f"{SPA}/callback",))


@pytest.fixture(scope="module")
def public(platform: Platform) -> SignIn:
    return new_sign_in(
        platform,
        confidentiality="public",
        client_secret_hash="",
        redirect_uris=(f"{SPA}/callback", "com.example.app:/cb"),
    )


def documents(person: SignIn) -> list[str]:
    path = urlsplit(person.issuer).path
    base = person.platform.auth_base_url
    return [
        f"{person.issuer}/.well-known/openid-configuration",
        f"{person.issuer}/.well-known/jwks.json",
        f"{base}/.well-known/oauth-authorization-server{path}",
    ]


def preflight(person: SignIn, url: str, origin: str, method: str = "POST") -> Answer:
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,dpop",
    }
    answer = person.platform.call("OPTIONS", url, headers=headers)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    return answer


def call(person: SignIn, endpoint: str, origin: str | None, **sent: Any) -> Answer:
    """A call that is refused for its content, so that the headers of an error are seen."""
    headers = {} if origin is None else {"origin": origin}
    method = "GET" if endpoint in ("authorize", "userinfo") else "POST"
    answer = person.platform.call(method, f"{person.issuer}/{endpoint}", headers=headers, **sent)
    assert 400 <= answer.status < 500
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    return answer


def allowed(answer: Answer) -> str | None:
    return answer.headers.get("access-control-allow-origin")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_trusted_origin_may_call_and_read_even_a_refusal(
    confidential: SignIn, endpoint: str
) -> None:
    answer = preflight(confidential, f"{confidential.issuer}/{endpoint}", ORIGIN)
    assert allowed(answer) == ORIGIN
    names = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "dpop"} <= set(names)
    assert "OPTIONS" in answer.headers["access-control-allow-methods"]
    assert allowed(call(confidential, endpoint, ORIGIN)) == ORIGIN


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_other_origin_is_allowed_anything(
    confidential: SignIn, endpoint: str, origin: str
) -> None:
    answer = preflight(confidential, f"{confidential.issuer}/{endpoint}", origin)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert allowed(call(confidential, endpoint, origin)) is None


def test_a_public_clients_redirect_origins_may_call_a_confidential_ones_may_not(
    public: SignIn, confidential: SignIn
) -> None:
    assert allowed(call(public, "token", SPA)) == SPA
    assert allowed(preflight(public, f"{public.issuer}/token", SPA)) == SPA
    assert allowed(call(confidential, "token", SPA)) is None


def test_without_an_origin_it_is_no_cors_matter(public: SignIn) -> None:
    assert allowed(call(public, "token", None)) is None


def test_a_navigation_to_authorize_is_never_refused_for_its_origin(confidential: SignIn) -> None:
    uri = f"{SPA}/callback"
    query = urlencode(confidential.parameters(redirect_uri=uri))
    url = f"{confidential.issuer}/authorize?{query}"
    for origin in ("https://evil.example", "null"):
        answer = confidential.platform.call("GET", url, headers={"origin": origin})
        assert answer.status == 302
        assert allowed(answer) is None


def test_a_body_that_is_too_large_is_still_readable_for_the_caller(
    confidential: SignIn,
) -> None:
    answer = call(confidential, "authenticate", ORIGIN, body="x" * 300_000)
    assert (answer.status, allowed(answer)) == (413, ORIGIN)


def test_a_wrong_method_is_readable_too(confidential: SignIn) -> None:
    url = f"{confidential.issuer}/token"
    answer = confidential.platform.call("DELETE", url, headers={"origin": ORIGIN})
    assert (answer.status, allowed(answer)) == (405, ORIGIN)


@pytest.mark.parametrize("origin", [ORIGIN, "https://anybody.example", "null"])
def test_discovery_is_readable_by_everybody(confidential: SignIn, origin: str) -> None:
    for url in documents(confidential):
        assert allowed(preflight(confidential, url, origin, "GET")) == "*"
        answer = confidential.platform.call("GET", url, headers={"origin": origin})
        assert (answer.status, allowed(answer)) == (200, "*")
        wrong = url.replace(confidential.application.id, "00000000-0000-4000-8000-000000000000")
        missing = confidential.platform.call("GET", wrong, headers={"origin": origin})
        assert (missing.status, allowed(missing)) == (404, "*")


def test_a_preflight_for_an_unknown_application_allows_nothing(confidential: SignIn) -> None:
    issuer = confidential.issuer[:-12] + "000000000000"
    for endpoint in ENDPOINTS:
        assert allowed(preflight(confidential, f"{issuer}/{endpoint}", ORIGIN)) is None
