"""oauth4webapi (npm) signs a person in through discovery alone, with secrets, keys and DPoP."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.clients.person import SignedUp, sign_up
from tests.support.client_signatures import ALGORITHMS, ClientKey
from tests.support.http_journey import CALLBACK
from tests.support.node import node_binary

ROOT = Path(__file__).parents[2]
REFRESHING = ["authorization_code", "refresh_token"]
SCOPE = "openid email offline_access"


def run_client(person: SignedUp, *, key: ClientKey | None = None, dpop: str = "") -> Any:
    """Run the client between the authorization URL and what it got in the end."""
    settings: dict[str, Any] = {
        "issuer": person.issuer,
        "client_id": person.client_id,
        "client_secret": person.client_secret,
        "redirect_uri": CALLBACK,
        "scope": SCOPE,
        "algorithm": "oidc",
        "dpop": dpop,
    }
    if key is not None:
        settings |= {"client_jwk": private_jwk(key), "client_alg": key.alg, "client_kid": key.kid}
    node = node_binary()
    assert node, "Node is missing: make setup"
    process = subprocess.Popen(
        [node, "tests/clients/oauth4webapi.mjs", json.dumps(settings)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    callback = person.browser.sign_in(url) if url else ""
    output, errors = process.communicate(callback + "\n", timeout=60)
    assert process.returncode == 0, errors
    return json.loads(output)


def private_jwk(key: ClientKey) -> dict[str, Any]:
    algorithm = ECAlgorithm if key.alg == "ES256" else RSAAlgorithm
    members = dict(algorithm.to_jwk(key.private, as_dict=True))
    return {name: value for name, value in members.items() if name != "key_ops"}


def check_whole_life(person: SignedUp, got: dict[str, Any]) -> None:
    """Login, userinfo, refresh, revocation: always the same person, and in the end nobody."""
    sub = person.identity["id"]
    assert got["claims"]["sub"] == got["userinfo"]["sub"] == got["again"]["sub"] == sub
    assert got["userinfo"]["email"] == person.identity["traits"]["primary_email_address"]
    if got["before"] is not None:
        assert (got["before"]["active"], got["before"]["sub"]) == (True, sub)
        assert got["after"] == {"active": False}


def test_a_client_with_a_secret(dev_server: dict[str, Any]) -> None:
    person = sign_up(dev_server, grant_type=REFRESHING)
    got = run_client(person)
    check_whole_life(person, got)
    assert got["types"] == ["bearer", "bearer"]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_client_that_signs_and_binds_its_tokens(dev_server: dict[str, Any], alg: str) -> None:
    """private_key_jwt and DPoP together; one key pair for each."""
    key = ClientKey(alg=alg, kid="k1")
    person = sign_up(
        dev_server,
        grant_type=REFRESHING,
        token_endpoint_auth_method="private_key_jwt",
        jwks=key.jwks,
        dpop_bound_access_tokens=True,
    )
    assert person.client_secret == ""
    got = run_client(person, key=key, dpop=alg)
    check_whole_life(person, got)
    assert got["types"] == ["dpop", "dpop"]
    assert got["before"]["cnf"] == {"jkt": got["jkt"]}
    assert got["nonces"] == 1, "asked once; every answer brings the next one"


def test_a_public_client_that_binds_its_tokens(dev_server: dict[str, Any]) -> None:
    person = sign_up(
        dev_server,
        grant_type=REFRESHING,
        confidentiality="public",
        token_endpoint_auth_method="none",
    )
    got = run_client(person, dpop="ES256")
    check_whole_life(person, got)
    assert got["types"] == ["dpop", "dpop"]
