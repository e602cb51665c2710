"""Scopes of applications: only those of their resource server, and of the managed one only what
the caller holds."""

from typing import Any
from uuid import uuid4

import pytest
from keybound.domain.application import ResourceServer
from keybound.domain.ids import RealmId, ResourceServerId
from keybound.storage import keys
from keybound.storage.codec import encode

from tests.support.configuration_bodies import client_body, make_application, refused_fields
from tests.support.platform import Answer, Platform

SCOPES = "application.protocol_config.allowed_scopes"
WRITE = ["applications:create", "applications:update"]


def resource_server(platform: Platform, realm_id: str = "") -> str:
    now = platform.clock.now()
    server = ResourceServer(
        ResourceServerId(str(uuid4())),
        platform.tenant_id,
        RealmId(realm_id or platform.realm_id),
        "Orders",
        "https://orders.example.com",
        ("orders:read", "orders:write"),
        now,
        now,
    )
    key = keys.resource_server(server.tenant_id, server.realm_id, server.id)
    platform.deployment.directory.put({**key._asdict(), **encode(server)})
    return server.id


def machine(server_id: str | None, *scopes: str) -> dict[str, Any]:
    body = client_body(allowed_scopes=list(scopes))
    body["application"]["resource_server_id"] = server_id
    return body


def admin(platform: Platform, method: str, path: str, body: Any, scopes: list[str]) -> Answer:
    realm = platform.management.admin_realm_id
    base = f"/v1/tenants/{platform.tenant_id}/realms/{realm}/applications"
    return platform.manage(method, base + path, body, scopes=scopes)


def test_a_subset_of_the_resource_servers_scopes_may_be_allowed(platform: Platform) -> None:
    server_id = resource_server(platform)
    made = make_application(platform, machine(server_id, "orders:read"))
    assert made["resource_server_id"] == server_id
    assert made["protocol_config"]["allowed_scopes"] == ["orders:read"]


def test_scopes_of_other_resource_servers_are_refused(platform: Platform) -> None:
    body = machine(resource_server(platform), "orders:read", "orders:delete")
    answer = platform.manage("POST", "/applications", body)
    assert refused_fields(answer) == [f"{SCOPES}[1]"]


@pytest.mark.parametrize("scope", ["openid", "profile", "email", "offline_access", "", "a b", 'a"'])
def test_openid_scopes_and_malformed_ones_are_never_allowed(platform: Platform, scope: str) -> None:
    answer = platform.manage("POST", "/applications", machine(resource_server(platform), scope))
    assert f"{SCOPES}[0]" in refused_fields(answer)


def test_a_resource_server_of_another_realm_does_not_exist(platform: Platform) -> None:
    foreign = resource_server(platform, platform.create_realm(platform.management).id)
    managed = platform.management.resource_server_id
    for server_id in (foreign, managed, str(uuid4()), "x", ""):
        answer = platform.manage("POST", "/applications", machine(server_id))
        assert refused_fields(answer) == ["application.resource_server_id"]


def test_taking_the_resource_server_away_needs_the_scopes_gone_too(platform: Platform) -> None:
    made = make_application(platform, machine(resource_server(platform), "orders:read"))
    path = f"/applications/{made['id']}"
    answer = platform.manage("PATCH", path, {"application": {"resource_server_id": None}})
    assert refused_fields(answer) == [SCOPES]
    body = {"application": {"resource_server_id": None, "protocol_config": {"allowed_scopes": []}}}
    assert "resource_server_id" not in platform.manage("PATCH", path, body).json()


def test_nobody_gives_a_management_scope_they_do_not_hold(platform: Platform) -> None:
    """T67 and DESIGN of management tokens: no way up through a new client."""
    body = machine(platform.management.resource_server_id, "realms:read", "identities:delete")
    held = [*WRITE, "realms:read"]
    refused = admin(platform, "POST", "", body, held)
    assert refused.status == 403
    assert "identities:delete" in refused.json()["message"]
    granted = admin(platform, "POST", "", body, [*held, "identities:delete"])
    assert granted.status == 200


def test_an_update_cannot_add_a_management_scope_the_caller_lacks(platform: Platform) -> None:
    body = machine(platform.management.resource_server_id, "realms:read")
    made = admin(platform, "POST", "", body, [*WRITE, "realms:read"]).json()
    path = f"/{made['id']}"
    more = {
        "application": {"protocol_config": {"allowed_scopes": ["realms:read", "realms:create"]}}
    }
    assert admin(platform, "PATCH", path, more, [*WRITE, "realms:read"]).status == 403
    fewer = {"application": {"protocol_config": {"allowed_scopes": []}}}
    assert admin(platform, "PATCH", path, fewer, WRITE).status == 200


def test_a_client_with_more_rights_than_the_caller_cannot_be_turned_to_his_use(
    platform: Platform,
) -> None:
    body = machine(platform.management.resource_server_id, "realms:create")
    made = admin(platform, "POST", "", body, [*WRITE, "realms:create"]).json()
    change = {"application": {"protocol_config": {"redirect_uris": ["https://mine.example/cb"]}}}
    assert admin(platform, "PATCH", f"/{made['id']}", change, WRITE).status == 403


def test_other_scopes_need_only_the_right_to_write_applications(platform: Platform) -> None:
    body = machine(resource_server(platform), "orders:write")
    answer = platform.manage("POST", "/applications", body, scopes=["applications:create"])
    assert answer.status == 200
