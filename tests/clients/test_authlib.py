"""Authlib's OAuth 2 session signs a person in; its JOSE verifies the ID token."""

from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.clients.person import SignedUp, sign_up
from tests.support.http_journey import CALLBACK


def login(person: SignedUp, auth_method: str) -> tuple[dict[str, Any], OAuth2Session]:
    """Complete a login and return the validated ID token claims."""
    server = requests.get(f"{person.issuer}/.well-known/openid-configuration", timeout=20).json()
    session = OAuth2Session(
        person.client_id,
        person.client_secret or None,
        token_endpoint_auth_method=auth_method,
        scope="openid profile email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    verifier = "v" * 43
    url, state = session.create_authorization_url(
        server["authorization_endpoint"], nonce="n-0S6_WzA2Mj", code_verifier=verifier
    )
    token = session.fetch_token(
        server["token_endpoint"],
        authorization_response=person.browser.sign_in(url),
        state=state,
        code_verifier=verifier,
    )
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=20).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256", "ES256"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={
            "iss": {"essential": True, "value": person.issuer},
            "aud": {"essential": True, "value": person.client_id},
        },
        params={"nonce": "n-0S6_WzA2Mj", "client_id": person.client_id},
    )
    claims.validate()
    return dict(claims), session


def test_a_confidential_client_completes_login(dev_server: dict[str, Any]) -> None:
    person = sign_up(dev_server)
    claims, session = login(person, "client_secret_basic")
    assert claims["sub"] == person.identity["id"]
    userinfo = session.get(f"{person.issuer}/userinfo", timeout=20).json()
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["preferred_username"] == person.identity["traits"]["username"]


def test_a_public_client_completes_login(dev_server: dict[str, Any]) -> None:
    person = sign_up(dev_server, confidentiality="public", token_endpoint_auth_method="none")
    claims, _ = login(person, "none")
    assert claims["sub"] == person.identity["id"]


def test_client_credentials_of_the_management_client_open_the_management_api(
    dev_server: dict[str, Any],
) -> None:
    management = dev_server["management"]
    session = OAuth2Session(management["client_id"], management["client_secret"])
    token = session.fetch_token(management["token_endpoint"], grant_type="client_credentials")
    url = f"{dev_server['api_base_url']}/v1/tenants/{dev_server['tenant_id']}/realms"
    listed = requests.get(
        url, headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=20
    )
    assert listed.status_code == 200
    assert dev_server["realm_id"] in [realm["id"] for realm in listed.json()["realms"]]
