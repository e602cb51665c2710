"""Resource servers: each verb, each refusal, and what depends on them."""

from typing import Any

import pytest

from tests.support.access_bodies import make_server, server_body
from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import client_body, make_application, refused_fields
from tests.support.platform import API_BASE_URL, AUTH_BASE_URL, Platform


@pytest.fixture(autouse=True)
def own_realm(platform: Platform) -> None:
    platform.realm_id = platform.create_realm(platform.management).id


IDENTIFIER = "resource_server.identifier"
SCOPES = "resource_server.scopes"


def path_of(server: dict[str, Any]) -> str:
    return f"/resource-servers/{server['id']}"


def machine_of(server: dict[str, Any], *scopes: str) -> dict[str, Any]:
    body = client_body(allowed_scopes=list(scopes))
    body["application"]["resource_server_id"] = server["id"]
    return body


def test_what_was_created_is_read_listed_changed_and_deleted(platform: Platform) -> None:
    made = make_server(platform)
    assert made == {
        "id": made["id"],
        "realm_id": platform.realm_id,
        "tenant_id": platform.tenant_id,
        "display_name": "Orders",
        "is_managed": False,
        "identifier": "https://orders.example.com",
        "scopes": ["orders:read", "orders:write"],
        "scopes_by_role": False,
    }
    assert platform.manage("GET", path_of(made)).json() == made
    listed = platform.manage("GET", "/resource-servers").json()
    assert listed == {"resource_servers": [made], "total_size": 1}
    change = {"resource_server": {"display_name": "All orders", "scopes_by_role": True}}
    changed = platform.manage("PATCH", path_of(made), change).json()
    assert changed == {**made, "display_name": "All orders", "scopes_by_role": True}
    assert platform.manage("DELETE", path_of(made)).status == 200
    for method in ("GET", "DELETE"):
        assert platform.manage(method, path_of(made)).status == 404
    assert platform.manage("GET", "/resource-servers").json()["total_size"] == 0


@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("GET", "resource-servers:read"),
        ("PATCH", "resource-servers:update"),
        ("DELETE", "resource-servers:delete"),
    ],
)
def test_each_verb_needs_its_scope(platform: Platform, method: str, scope: str) -> None:
    path = path_of(make_server(platform))
    others = {f"resource-servers:{v}" for v in ("create", "read", "update", "delete")} - {scope}
    body = {"resource_server": {}}
    assert platform.manage(method, path, body, scopes=sorted(others)).status == 403
    assert platform.manage(method, path, body, scopes=[scope]).status == 200


def test_creation_needs_its_scope(platform: Platform) -> None:
    body, wrong = server_body(), ["resource-servers:update"]
    assert platform.manage("POST", "/resource-servers", body, scopes=wrong).status == 403


def test_those_of_another_realm_or_tenant_do_not_exist(platform: Platform) -> None:
    made = make_server(platform)
    elsewhere = platform.create_realm(platform.management)
    path = f"/v1/tenants/{platform.tenant_id}/realms/{elsewhere.id}/resource-servers/{made['id']}"
    stranger = platform.management_token(client=platform.second_tenant())
    own = platform.realm_path + path_of(made)
    unknown = platform.manage("GET", f"/resource-servers/{'0' * 8}-0000-4000-8000-{'0' * 12}")
    for answer in (platform.manage("GET", path), platform.call("GET", own, token=stranger)):
        assert (answer.status, answer.json()["message"]) == (404, unknown.json()["message"])
    assert platform.call("DELETE", own, token=stranger).status == 404
    assert platform.manage("GET", path_of(made)).status == 200


@pytest.mark.parametrize("spelling", ["https://orders.example.com", "HTTPS://Orders.example.com/"])
def test_an_identifier_is_unique_in_its_realm_in_every_spelling(
    platform: Platform, spelling: str
) -> None:
    first = make_server(platform)
    again = platform.manage("POST", "/resource-servers", server_body(identifier=spelling))
    assert (again.status, again.json()["message"]) == (409, "identifier already exists")
    other = make_server(platform, identifier="https://other.example.com")
    change = {"resource_server": {"identifier": spelling}}
    assert platform.manage("PATCH", path_of(other), change).status == 409
    assert platform.manage("PATCH", path_of(first), change).json()["identifier"] == spelling
    assert platform.manage("DELETE", path_of(first)).status == 200
    assert platform.manage("PATCH", path_of(other), change).status == 200
    assert platform.manage("POST", "/resource-servers", server_body()).status == 409


def test_a_given_up_identifier_is_free_and_other_realms_may_have_the_same(
    platform: Platform,
) -> None:
    made = make_server(platform)
    change = {"resource_server": {"identifier": "urn:example:orders"}}
    assert platform.manage("PATCH", path_of(made), change).status == 200
    make_server(platform)
    realm = platform.create_realm(platform.management).id
    path = f"/v1/tenants/{platform.tenant_id}/realms/{realm}/resource-servers"
    assert platform.manage("POST", path, server_body()).status == 200


def reserved_identifiers() -> list[str]:
    tenant = f"{API_BASE_URL}/v1/tenants/{'0' * 16}"
    host = API_BASE_URL.partition("//")[2]
    return [
        tenant,
        tenant + "/",
        tenant.upper(),
        tenant.replace("http:", "https:"),
        tenant.replace("tenants", "%74enants"),
        tenant.replace("tenants", "%2574enants"),
        tenant.replace("/v1", "//v1"),
        tenant.replace("/v1", "/x/../v1"),
        tenant.replace("//", "//user@"),
        tenant.replace(":8081", ".:8081"),
        tenant.replace(":8081", ":08081"),
        tenant.replace(":8081", "%3A8081"),
        tenant.replace("://", ":"),
        tenant.replace("://", ":///"),
        f"{host}/v1/tenants/{'0' * 16}",
        f"//{host}/v1/tenants/{'0' * 16}",
        f"{API_BASE_URL}?/v1/tenants",
        f"{AUTH_BASE_URL}/v1/tenants/{'0' * 16}/realms/{'0' * 16}/applications/x",
    ]


@pytest.mark.parametrize("identifier", reserved_identifiers())
def test_addresses_of_this_deployment_are_reserved_in_every_spelling(
    platform: Platform, identifier: str
) -> None:
    """A token for such a server could pass for a management token, or for an issuer's own."""
    answer = platform.manage("POST", "/resource-servers", server_body(identifier=identifier))
    assert refused_fields(answer) == [IDENTIFIER]
    made = make_server(platform, identifier="urn:example:orders")
    change = {"resource_server": {"identifier": identifier}}
    assert refused_fields(platform.manage("PATCH", path_of(made), change)) == [IDENTIFIER]


def test_other_services_on_this_machine_are_not_reserved(platform: Platform) -> None:
    for identifier in ("http://localhost:3000", "orders", "urn:api", "https://api.example.com/v1"):
        make_server(platform, identifier=identifier)


def test_the_client_id_of_an_application_is_no_identifier(platform: Platform) -> None:
    """An access token for it would look like an ID token to that client (RFC 9068 §5)."""
    client_id = make_application(platform, client_body())["protocol_config"]["client_id"]
    answer = platform.manage("POST", "/resource-servers", server_body(identifier=client_id))
    assert refused_fields(answer) == [IDENTIFIER]


@pytest.mark.parametrize("identifier", ["", " ", "a b", 'a"b', "a\\b", "é", "x" * 257, "a\n"])
def test_malformed_identifiers_are_refused(platform: Platform, identifier: str) -> None:
    answer = platform.manage("POST", "/resource-servers", server_body(identifier=identifier))
    assert refused_fields(answer) == [IDENTIFIER]


@pytest.mark.parametrize(
    "scope",
    [
        *("openid", "profile", "email", "phone", "address", "offline_access", "groups", "roles"),
        *("", "a b", 'a"', "a\\", "é", "x" * 257),
    ],
)
def test_scopes_of_people_and_malformed_ones_are_refused(platform: Platform, scope: str) -> None:
    body = server_body(scopes=["orders:read", scope])
    answer = platform.manage("POST", "/resource-servers", body)
    assert refused_fields(answer) == [f"{SCOPES}[1]"]


def test_repeated_too_many_and_too_long_scopes_are_refused(platform: Platform) -> None:
    cases = [
        (["a", "b", "a"], f"{SCOPES}[2]"),
        ([f"s{n}" for n in range(1001)], SCOPES),
        ([f"{n:0256d}" for n in range(257)], SCOPES),
    ]
    for scopes, field in cases:
        answer = platform.manage("POST", "/resource-servers", server_body(scopes=scopes))
        assert refused_fields(answer) == [field]


def test_one_that_an_application_uses_cannot_be_deleted(platform: Platform) -> None:
    made = make_server(platform)
    application = make_application(platform, machine_of(made, "orders:read"))
    refused = platform.manage("DELETE", path_of(made))
    assert (refused.status, refused.json()["code"]) == (409, "conflict")
    path = f"/applications/{application['id']}"
    assert platform.manage("DELETE", path).status == 200
    # The application's reference stays counted, but nothing refers to the server any more.
    assert platform.manage("DELETE", path_of(made)).status == 200
    assert platform.manage("POST", "/applications", machine_of(made)).status == 400


def test_the_managed_one_cannot_be_changed_or_deleted(platform: Platform) -> None:
    client = platform.management
    path = (
        f"/v1/tenants/{client.tenant_id}/realms/{client.admin_realm_id}"
        f"/resource-servers/{client.resource_server_id}"
    )
    managed = platform.manage("GET", path).json()
    assert managed["is_managed"] is True
    change = {"resource_server": {"scopes_by_role": True}}
    assert platform.manage("PATCH", path, change).status == 409
    assert platform.manage("DELETE", path).status == 409
    assert platform.manage("GET", path).json() == managed


def test_is_managed_cannot_be_set(platform: Platform) -> None:
    assert make_server(platform, is_managed=True)["is_managed"] is False


def test_a_scope_that_was_removed_is_gone_from_applications_for_good(platform: Platform) -> None:
    made = make_server(platform)
    application = make_application(platform, machine_of(made, "orders:read", "orders:write"))
    fewer = {"resource_server": {"scopes": ["orders:read"]}}
    assert platform.manage("PATCH", path_of(made), fewer).status == 200
    again = {"resource_server": {"scopes": ["orders:read", "orders:write"]}}
    assert platform.manage("PATCH", path_of(made), again).status == 200
    found = platform.manage("GET", f"/applications/{application['id']}").json()
    assert found["protocol_config"]["allowed_scopes"] == ["orders:read"]


def test_a_removal_that_broke_off_anywhere_is_finished_by_the_same_call(platform: Platform) -> None:
    token = platform.management_token()
    fewer = {"resource_server": {"scopes": ["orders:read"]}}
    for broken in range(1, 50):
        made = make_server(platform, identifier=f"urn:example:{broken}")
        application = make_application(platform, machine_of(made, "orders:read", "orders:write"))
        path = platform.realm_path + path_of(made)
        with fail_aws_call(broken, "before") as failed:
            answer = platform.call("PATCH", path, json=fewer, token=token)
        assert answer.status == (503 if failed else 200)
        if failed:
            assert platform.call("PATCH", path, json=fewer, token=token).status == 200
        found = platform.manage("GET", f"/applications/{application['id']}").json()
        assert found["protocol_config"]["allowed_scopes"] == ["orders:read"]
        if not failed:
            break
    assert broken > 3
