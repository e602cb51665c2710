"""The doctor judges tokens as a verifier would, with nothing but the published keys."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.unit.cli.test_doctor_hosts import API, ISSUER, NOW, answer, healthy
from tools.cli.doctor.findings import Finding, Status, examine
from tools.cli.doctor.hosts import Hosts
from tools.cli.doctor.http_client import Answer
from tools.cli.doctor.issuer import Client, Issuer

TENANT = "1" * 16
CLAIMS = {"iss": ISSUER, "aud": f"{API}/v1/tenants/{TENANT}", "iat": int(NOW), "exp": int(NOW)}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def findings(
    key: rsa.RSAPrivateKey, token: str, management: Answer | None = None
) -> dict[str, Finding]:
    public = {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": "k1", "alg": "RS256"}

    def exchange(method: str, url: str, *_: Any) -> Answer:
        if method == "POST":
            return answer(200, {"access_token": token})
        if url.endswith("/jwks.json"):
            return answer(200, {"keys": [public]})
        if url == f"{API}/v1/tenants/{TENANT}/realms":
            return management or answer(200, {"realms": [{}, {}]})
        return healthy(method, url)

    hosts = Hosts("https://auth.example.com", API, exchange, lambda: NOW, lambda *_: [])
    checks = Issuer(ISSUER, hosts, Client("id", "secret")).checks()
    return {each.check: each for each in examine(checks)}


def signed(key: rsa.RSAPrivateKey, kid: str = "k1", **changed: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def test_a_good_token_verifies_and_opens_the_management_api(key: rsa.RSAPrivateKey) -> None:
    found = findings(key, signed(key))
    assert {each.status for each in found.values()} == {Status.OK}, found
    assert found["a signed token verifies"].found == "RS256, key k1"
    assert found["the management API takes it"].found == "2 realms"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kid": "k9"}, "the token's key k9 is not published"),
        ({"aud": "https://old.example.com/v1/tenants/x"}, "another audience"),
        ({"iss": f"{ISSUER}/"}, "does not verify"),
        ({"iat": None}, "does not verify"),
        ({"iat": "soon"}, "iat is no number"),
        ({"iat": int(NOW) + 31}, "31 s after now"),
        ({"iat": int(NOW) - 31}, "31 s before now"),
    ],
)
def test_a_token_that_is_wrong_in_one_way_is_named(
    key: rsa.RSAPrivateKey, changed: dict[str, Any], words: str
) -> None:
    found = findings(key, signed(key, **changed))["a signed token verifies"]
    assert found.status is Status.FAILED
    assert words in found.found
    assert found.advice


def test_a_signature_of_another_key_does_not_verify(key: rsa.RSAPrivateKey) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert findings(key, signed(other))["a signed token verifies"].status is Status.FAILED


def test_an_unsigned_token_does_not_verify(key: rsa.RSAPrivateKey) -> None:
    """RFC 8725 §2.1: the published key decides the algorithm."""
    token = jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": "k1"})
    assert findings(key, token)["a signed token verifies"].status is Status.FAILED


def test_a_management_api_that_refuses_the_token_is_named(key: rsa.RSAPrivateKey) -> None:
    refused = answer(401, {"message": "the access token is not valid"})
    found = findings(key, signed(key), refused)["the management API takes it"]
    assert found.found == "401 the access token is not valid"
    assert "base URLs" in found.advice
