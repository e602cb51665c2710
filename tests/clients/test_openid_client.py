"""openid-client (npm), a certified relying party, signs a person in through discovery alone."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.person import SignedUp, sign_up
from tests.support.http_journey import CALLBACK
from tests.support.node import node_binary

ROOT = Path(__file__).parents[2]


def run_openid_client(
    person: SignedUp,
    *,
    auth_method: str,
    alg: str = "RS256",
    scope: str = "openid profile email",
    refresh: bool = False,
) -> Any:
    """Run the client between the authorization URL and what it got in the end."""
    settings = {
        "issuer": person.issuer,
        "client_id": person.client_id,
        "client_secret": person.client_secret,
        "auth_method": auth_method,
        "alg": alg,
        "redirect_uri": CALLBACK,
        "scope": scope,
        "refresh": refresh,
        "algorithm": "oidc",
    }
    node = node_binary()
    assert node, "Node is missing: make setup"
    process = subprocess.Popen(
        [node, "tests/clients/openid_client.mjs", json.dumps(settings)],
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


@pytest.mark.parametrize("auth_method", ["client_secret_basic", "client_secret_post"])
def test_a_confidential_client_completes_login_and_userinfo(
    dev_server: dict[str, Any], auth_method: str
) -> None:
    person = sign_up(dev_server)
    got = run_openid_client(person, auth_method=auth_method)
    assert got["claims"]["sub"] == person.identity["id"] == got["userinfo"]["sub"]
    assert got["claims"]["name"] == got["userinfo"]["name"] == "Ada Lovelace"
    assert got["userinfo"]["email"] == person.identity["traits"]["primary_email_address"]
    assert got["userinfo"]["email_verified"] is False
    assert got["scope"] == "openid profile email"
    assert got["type"].lower() == "bearer"


def test_a_public_client_completes_login_with_pkce_and_no_secret(
    dev_server: dict[str, Any],
) -> None:
    person = sign_up(dev_server, confidentiality="public", token_endpoint_auth_method="none")
    got = run_openid_client(person, auth_method="none")
    assert got["claims"]["sub"] == person.identity["id"]


def test_an_es256_application_signs_what_the_client_verifies(dev_server: dict[str, Any]) -> None:
    person = sign_up(
        dev_server,
        token_configuration={"expires_after": 3600, "token_signing_algorithm": "ES256"},
    )
    got = run_openid_client(person, auth_method="client_secret_basic", alg="ES256")
    assert got["claims"]["sub"] == person.identity["id"]


REFRESHING = ["authorization_code", "refresh_token"]
SCOPE = "openid email offline_access"


def test_a_confidential_client_refreshes_introspects_and_revokes(
    dev_server: dict[str, Any],
) -> None:
    """The client checks the new ID tokens itself: same `iss` and `sub`, a good signature."""
    person = sign_up(dev_server, grant_type=REFRESHING)
    got = run_openid_client(person, auth_method="client_secret_basic", scope=SCOPE, refresh=True)
    assert got["second"]["sub"] == person.identity["id"] == got["refreshed"]["sub"]
    assert got["second"]["auth_time"] == got["claims"]["auth_time"]
    assert got["scopes"] == [SCOPE, "openid"]
    assert (got["before"]["active"], got["before"]["sub"]) == (True, person.identity["id"])
    assert got["after"] == {"active": False}
    assert got["refused"] == "invalid_grant"


def test_a_public_client_refreshes_and_revokes(dev_server: dict[str, Any]) -> None:
    person = sign_up(
        dev_server,
        grant_type=REFRESHING,
        confidentiality="public",
        token_endpoint_auth_method="none",
    )
    got = run_openid_client(person, auth_method="none", scope=SCOPE, refresh=True)
    assert got["second"]["sub"] == person.identity["id"]
    assert got["scopes"] == [SCOPE, "openid"]
    assert "before" not in got, "introspection is not announced to public clients"
    assert got["refused"] == "invalid_grant"
