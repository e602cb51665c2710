"""A management scope that was taken from an application is gone from its tokens too."""

from base64 import b64encode
from typing import Any

from keybound.storage import keys

from tests.support.configuration_bodies import client_body
from tests.support.platform import Platform


def manage_admin_realm(platform: Platform, method: str, path: str, body: Any) -> dict[str, Any]:
    realm_id = platform.management.admin_realm_id
    base = f"/v1/tenants/{platform.tenant_id}/realms/{realm_id}/applications"
    answer = platform.manage(method, base + path, body)
    assert answer.status == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def token_of(platform: Platform, application: dict[str, Any]) -> str:
    protocol = application["protocol_config"]
    pair = f"{protocol['client_id']}:{protocol['client_secret']}".encode()
    answer = platform.call(
        "POST",
        f"{platform.auth_base_url}/v1/tenants/{platform.tenant_id}"
        f"/realms/{platform.management.admin_realm_id}/applications/{application['id']}/token",
        headers={"authorization": f"Basic {b64encode(pair).decode()}"},
        form={"grant_type": "client_credentials"},
    )
    assert answer.status == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def test_a_token_holds_no_scope_that_its_application_lost(platform: Platform) -> None:
    """Changes to an application take effect within the cache time, here at once: a day's token
    must not go on with what its application was deprived of."""
    body = client_body(allowed_scopes=["identities:read", "realms:read"])
    body["application"]["resource_server_id"] = platform.management.resource_server_id
    application = manage_admin_realm(platform, "POST", "", body)
    token = token_of(platform, application)
    path = f"{platform.realm_path}/identities"
    assert platform.call("GET", path, token=token).status == 200

    fewer = {"application": {"protocol_config": {"allowed_scopes": ["realms:read"]}}}
    manage_admin_realm(platform, "PATCH", f"/{application['id']}", fewer)

    refused = platform.call("GET", path, token=token)
    assert refused.status == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert platform.call("GET", platform.realm_path, token=token).status == 200


def test_a_client_that_lost_its_grant_has_no_use_for_its_token(platform: Platform) -> None:
    """As introspection says too: nobody stands behind the token any more."""
    body = client_body(allowed_scopes=["realms:read"])
    body["application"]["resource_server_id"] = platform.management.resource_server_id
    application = manage_admin_realm(platform, "POST", "", body)
    token = token_of(platform, application)
    assert platform.call("GET", platform.realm_path, token=token).status == 200

    ids = platform.tenant_id, platform.management.admin_realm_id, application["id"]
    platform.deployment.directory.update(
        keys.application(*ids), "SET grant_types = :left", values={":left": ["authorization_code"]}
    )
    refused = platform.call("GET", platform.realm_path, token=token)
    assert (refused.status, refused.json()["code"]) == (401, "unauthorized")
