"""What the demo takes for a sign-in: one forged or damaged answer after the other is refused.

The issuer is a small server of this test's own, which says whatever the test wants.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from examples.relying_party.failures import ServiceUnreachable
from examples.relying_party.openid import Begun, OpenIdClient, SignInRefused
from examples.relying_party.settings import Application
from tests.browser.sdk.loopback import Answer, Request, json_answer, serving

CALLBACK = "http://localhost:1/callback"
CLIENT_ID = "client-1"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class Issuer:
    """Answers discovery, keys and token requests; `forms` keeps what was posted."""

    url: str = ""
    discovered_as: str = ""
    token: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        if request.path.endswith("/openid-configuration"):
            return json_answer(
                {
                    "issuer": self.discovered_as or self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/jwks",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            )
        if request.path.endswith("/jwks"):
            return json_answer({"keys": [KEY.as_dict(private=False)]})
        self.forms.append(parse_qs(request.body.decode()))
        self.authorizations.append(request.headers.get("authorization", ""))
        return json_answer(self.token, self.status)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    says = Issuer()
    with serving(says) as server:
        says.url = f"{server.origin}/issuer"
        yield says


@pytest.fixture
def client(issuer: Issuer) -> Iterator[OpenIdClient]:
    with Flask(__name__).app_context():
        yield OpenIdClient(Application(issuer.url, CLIENT_ID, "s3cret", "config"), CALLBACK)


@dataclass(frozen=True)
class FromNow:
    """A time counted from when the test runs: its table is read long before, with the file."""

    seconds: int

    def epoch_s(self) -> int:
        return int(time.time()) + self.seconds


def good_claims(issuer: Issuer, begun: Begun) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": issuer.url,
        "sub": "87fabad6956c6d4b",
        "aud": CLIENT_ID,
        "exp": now + 300,
        "iat": now,
        "nonce": begun.nonce,
    }


def signed(claims: dict[str, Any], key: Any = KEY, **header: str) -> dict[str, Any]:
    """A token endpoint's answer with these claims."""
    algorithm = header.get("alg", "RS256")
    token = jwt.encode({"kid": "k1", "alg": algorithm, **header}, claims, key, [algorithm])
    return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}


def finish(client: OpenIdClient, issuer: Issuer, begun: Begun) -> dict[str, Any]:
    return client.finish({"code": "c-1", "state": begun.state, "iss": issuer.url}, begun)


def test_a_good_answer_gives_the_claims_and_proves_the_verifier(
    client: OpenIdClient, issuer: Issuer
) -> None:
    _, begun = client.begin()
    issuer.token = signed(good_claims(issuer, begun))
    claims, id_token = finish(client, issuer, begun)
    assert claims["sub"] == "87fabad6956c6d4b"
    assert id_token == issuer.token["id_token"]
    assert issuer.forms == [
        {
            "grant_type": ["authorization_code"],
            "code": ["c-1"],
            "redirect_uri": [CALLBACK],
            "code_verifier": [begun.code_verifier],
        }
    ]
    assert issuer.authorizations[0].startswith("Basic ")


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "client-2"},
        {"aud": None},
        {"aud": "client-2", "azp": CLIENT_ID},
        {"aud": ["client-1", "client-2"]},  # without azp
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": FromNow(-60)},
        {"exp": None},
        {"iat": FromNow(600)},
        {"sub": None},
        {"azp": "client-2"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_meant_for_us_now_is_refused(
    client: OpenIdClient, issuer: Issuer, changes: dict[str, Any]
) -> None:
    """OIDC Core §3.1.3.7."""
    _, begun = client.begin()
    claims = good_claims(issuer, begun) | {
        name: value.epoch_s() if isinstance(value, FromNow) else value
        for name, value in changes.items()
    }
    issuer.token = signed({name: value for name, value in claims.items() if value is not None})
    with pytest.raises(SignInRefused):
        finish(client, issuer, begun)


def test_an_id_token_under_another_key_or_algorithm_is_refused(
    client: OpenIdClient, issuer: Issuer
) -> None:
    """T38: another RSA key, HS256 with the public key as secret, no signature at all."""
    _, begun = client.begin()
    claims = good_claims(issuer, begun)
    public = KEY.as_pem(private=False)
    head, body, _ = signed(claims)["id_token"].split(".")
    unsigned = {**signed(claims), "id_token": f"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{body}."}
    cut = {**signed(claims), "id_token": f"{head}.{body}.AAAA"}
    forged = signed(claims, OctKey.import_key(public.hex()), alg="HS256")
    for answer in (signed(claims, OTHER_KEY), forged, unsigned, cut):
        issuer.token = answer
        with pytest.raises(SignInRefused):
            finish(client, issuer, begun)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"access_token": "a", "token_type": "Bearer"}),
        (200, {"access_token": "a", "token_type": "Bearer", "id_token": "no.token"}),
        (200, {"access_token": "a", "token_type": "Bearer", "id_token": 7}),
        (200, {}),
        (400, {"error": "invalid_grant"}),
        (401, {"error": "invalid_client"}),
    ],
    ids=str,
)
def test_an_answer_without_a_good_id_token_signs_nobody_in(
    client: OpenIdClient, issuer: Issuer, status: int, answer: dict[str, Any]
) -> None:
    _, begun = client.begin()
    issuer.status, issuer.token = status, answer
    with pytest.raises(SignInRefused):
        finish(client, issuer, begun)


@pytest.mark.parametrize("named", ["", "https://evil.example", None])
def test_an_answer_in_another_issuers_name_is_not_redeemed(
    client: OpenIdClient, issuer: Issuer, named: str | None
) -> None:
    """RFC 9207 §2.4: not even the code is sent on."""
    _, begun = client.begin()
    answer = {"code": "c-1", "state": begun.state} | ({} if named is None else {"iss": named})
    with pytest.raises(SignInRefused):
        client.finish(answer, begun)
    assert issuer.forms == []


def test_a_discovery_document_of_another_issuer_is_refused(
    client: OpenIdClient, issuer: Issuer
) -> None:
    """OIDC Discovery §4.3."""
    issuer.discovered_as = "https://evil.example"
    with pytest.raises(SignInRefused):
        client.begin()


def test_a_service_that_fails_is_said_to_be_out_of_reach(
    client: OpenIdClient, issuer: Issuer
) -> None:
    _, begun = client.begin()
    issuer.status, issuer.token = 503, {"error": "temporarily_unavailable"}
    with pytest.raises(ServiceUnreachable):
        finish(client, issuer, begun)
