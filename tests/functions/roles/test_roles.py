"""Roles: each verb, scopes, members of both kinds and their two lists."""

from typing import Any

import pytest

from tests.support.access_bodies import make_group, make_identity, make_role, make_server
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform


@pytest.fixture(autouse=True)
def own_realm(platform: Platform) -> None:
    platform.realm_id = platform.create_realm(platform.management).id


@pytest.fixture
def server(platform: Platform) -> dict[str, Any]:
    return make_server(platform)


def path_of(role: dict[str, Any], verb: str = "") -> str:
    path = f"/resource-servers/{role['resource_server_id']}/roles/{role['id']}"
    return f"{path}:{verb}" if verb else path


def post(platform: Platform, role: dict[str, Any], verb: str, **body: Any) -> Answer:
    return platform.manage("POST", path_of(role, verb), body)


def scopes_of(platform: Platform, role: dict[str, Any]) -> list[str]:
    answer = platform.manage("GET", path_of(role, "listScopes")).json()
    assert answer["total_size"] == len(answer["scopes"])
    found: list[str] = answer["scopes"]
    return found


def test_what_was_created_is_read_listed_changed_and_deleted(
    platform: Platform, server: dict[str, Any]
) -> None:
    made = make_role(platform, server, description="Reads orders")
    assert made == {
        "id": made["id"],
        "resource_server_id": server["id"],
        "realm_id": platform.realm_id,
        "tenant_id": platform.tenant_id,
        "display_name": "Clerk",
        "description": "Reads orders",
        "create_time": made["create_time"],
        "update_time": made["create_time"],
    }
    assert platform.manage("GET", path_of(made)).json() == made
    listed = platform.manage("GET", f"/resource-servers/{server['id']}/roles").json()
    assert listed == {"roles": [made], "total_size": 1}
    changed = platform.manage("PATCH", path_of(made), {"role": {"display_name": "Reader"}}).json()
    assert changed["display_name"] == "Reader"
    assert platform.manage("DELETE", path_of(made)).status == 200
    for method in ("GET", "DELETE"):
        assert platform.manage(method, path_of(made)).status == 404


@pytest.mark.parametrize(
    ("method", "verb", "body", "scopes"),
    [
        ("GET", "", None, ["roles:read"]),
        ("PATCH", "", {"role": {}}, ["roles:update"]),
        ("DELETE", "", None, ["roles:delete"]),
        ("POST", "addMembers", "ids", ["roles:update", "groups:read", "identities:read"]),
        ("POST", "deleteMembers", "ids", ["roles:update", "groups:read", "identities:read"]),
        ("GET", "listMembers", None, ["roles:read", "groups:read", "identities:read"]),
        ("POST", "addScopes", "scopes", ["roles:update", "resource-servers:read"]),
        ("POST", "deleteScopes", "scopes", ["roles:update", "resource-servers:read"]),
        ("GET", "listScopes", None, ["roles:read", "resource-servers:read"]),
    ],
)
def test_each_call_needs_every_scope_that_it_names(
    platform: Platform,
    server: dict[str, Any],
    method: str,
    verb: str,
    body: Any,
    scopes: list[str],
) -> None:
    path = path_of(make_role(platform, server), verb)
    bodies = {
        "ids": {"identity_ids": [make_identity(platform)]},
        "scopes": {"scopes": ["orders:read"]},
    }
    body = bodies.get(body, body) if isinstance(body, str) else body
    for lacking in scopes:
        others = [scope for scope in scopes if scope != lacking] or ["realms:read"]
        assert platform.manage(method, path, body, scopes=others).status == 403
    assert platform.manage(method, path, body, scopes=scopes).status == 200


def test_roles_of_another_server_realm_or_tenant_do_not_exist(
    platform: Platform, server: dict[str, Any]
) -> None:
    role = make_role(platform, server)
    other = make_server(platform, identifier="urn:example:other")
    elsewhere = platform.create_realm(platform.management).id
    base = f"/v1/tenants/{platform.tenant_id}/realms/{elsewhere}"
    stranger = platform.management_token(client=platform.second_tenant())
    person = {"identity_ids": [make_identity(platform)]}
    for method, verb in (("GET", ""), ("DELETE", ""), ("POST", "addMembers")):
        answers = [
            platform.manage(method, base + path_of(role, verb), person),
            platform.manage(
                method, path_of({**role, "resource_server_id": other["id"]}, verb), person
            ),
            platform.manage(method, path_of({**role, "id": "0" * 16}, verb), person),
            platform.manage(method, path_of({**role, "id": "odd"}, verb), person),
            platform.call(
                method, platform.realm_path + path_of(role, verb), json=person, token=stranger
            ),
        ]
        assert {(a.status, a.json()["message"]) for a in answers} == {(404, "role not found")}
    unknown = "/resource-servers/00000000-0000-4000-8000-000000000000/roles"
    body = {"role": {"display_name": "Clerk"}}
    for method in ("GET", "POST"):
        assert platform.manage(method, unknown, body).status == 404


def test_scopes_are_added_listed_and_taken_away(platform: Platform, server: dict[str, Any]) -> None:
    role = make_role(platform, server)
    for _ in range(2):
        answer = post(platform, role, "addScopes", scopes=["orders:write", "orders:read"])
        assert answer.status == 200
        assert scopes_of(platform, role) == ["orders:read", "orders:write"]
    refused = platform.manage("DELETE", path_of(role))
    assert (refused.status, refused.json()["message"]) == (409, "role has children")
    for _ in range(2):
        assert post(platform, role, "deleteScopes", scopes=["orders:write"]).status == 200
        assert scopes_of(platform, role) == ["orders:read"]
    post(platform, role, "deleteScopes", scopes=["orders:read"])
    assert platform.manage("DELETE", path_of(role)).status == 200


def test_only_scopes_of_the_resource_server_can_be_added(
    platform: Platform, server: dict[str, Any]
) -> None:
    role = make_role(platform, server)
    answer = post(platform, role, "addScopes", scopes=["orders:read", "identities:read"])
    assert refused_fields(answer) == ["scopes[1]"]
    assert scopes_of(platform, role) == []


def test_a_scope_removed_from_the_server_is_gone_from_its_roles_for_good(
    platform: Platform, server: dict[str, Any]
) -> None:
    role = make_role(platform, server)
    post(platform, role, "addScopes", scopes=["orders:write", "orders:read"])
    path = f"/resource-servers/{server['id']}"
    for scopes in (["orders:read"], ["orders:read", "orders:write"]):
        platform.manage("PATCH", path, {"resource_server": {"scopes": scopes}})
    assert scopes_of(platform, role) == ["orders:read"]


def test_a_server_with_roles_cannot_be_deleted(platform: Platform, server: dict[str, Any]) -> None:
    role = make_role(platform, server)
    path = f"/resource-servers/{server['id']}"
    refused = platform.manage("DELETE", path)
    assert (refused.status, refused.json()["message"]) == (409, "resource server has children")
    assert platform.manage("DELETE", path_of(role)).status == 200
    assert platform.manage("DELETE", path).status == 200


def test_members_of_both_kinds_are_added_and_ended(
    platform: Platform, server: dict[str, Any]
) -> None:
    role, group, person = make_role(platform, server), make_group(platform), make_identity(platform)
    both = {"group_ids": [group["id"]], "identity_ids": [person]}
    for _ in range(2):
        assert post(platform, role, "addMembers", **both).json() == role
        listed = platform.manage("GET", path_of(role, "listMembers")).json()
        assert [listed["total_groups_size"], listed["total_identities_size"]] == [1, 1]
        assert listed["groups"] == [group]
        assert [identity["id"] for identity in listed["identities"]] == [person]
    roles = f"/identities/{person}:listRoles?resource_server_id={server['id']}"
    assert platform.manage("GET", roles).json() == {"roles": [role], "total_size": 1}
    assert platform.manage("DELETE", path_of(role)).status == 409
    assert post(platform, role, "deleteMembers", group_ids=[group["id"]]).status == 200
    assert platform.manage("DELETE", path_of(role)).status == 409
    for _ in range(2):
        assert post(platform, role, "deleteMembers", **both).status == 200
    assert platform.manage("GET", roles).json() == {"roles": [], "total_size": 0}
    assert platform.manage("DELETE", path_of(role)).status == 200


def test_an_unknown_member_refuses_the_whole_call(
    platform: Platform, server: dict[str, Any]
) -> None:
    role, group, person = make_role(platform, server), make_group(platform), make_identity(platform)
    bad_group = post(
        platform, role, "addMembers", identity_ids=[person], group_ids=[group["id"], "0" * 16]
    )
    assert refused_fields(bad_group) == ["group_ids[1]"]
    bad_person = post(
        platform, role, "addMembers", identity_ids=["0" * 16], group_ids=[group["id"]]
    )
    assert refused_fields(bad_person) == ["identity_ids[0]"]
    listed = platform.manage("GET", path_of(role, "listMembers")).json()
    assert [listed["total_groups_size"], listed["total_identities_size"]] == [0, 0]
    assert refused_fields(post(platform, role, "addMembers")) == ["identity_ids"]


def test_two_lists_are_paged_with_one_token(platform: Platform, server: dict[str, Any]) -> None:
    role = make_role(platform, server)
    groups = sorted(make_group(platform)["id"] for _ in range(5))
    people = sorted(make_identity(platform, f"person {n}") for n in range(3))
    post(platform, role, "addMembers", group_ids=groups, identity_ids=people)
    found: dict[str, list[str]] = {"groups": [], "identities": []}
    query, pages = "groups_page_size=2&identities_page_size=2", 0
    while True:
        answer = platform.manage("GET", f"{path_of(role, 'listMembers')}?{query}").json()
        for name, ids in found.items():
            ids += [member["id"] for member in answer[name]]
        pages += 1
        if "next_page_token" not in answer:
            break
        query = f"page_token={answer['next_page_token']}"
    assert pages == 3
    assert found == {"groups": groups, "identities": people}
    skipped = platform.manage(
        "GET", f"{path_of(role, 'listMembers')}?groups_skip=4&identities_skip=2"
    ).json()
    assert [group["id"] for group in skipped["groups"]] == groups[4:]
    assert [identity["id"] for identity in skipped["identities"]] == people[2:]
    for bad in ("groups_skip=-1", "identities_page_size=x", "page_token=x", "groups_skip=10001"):
        answer = platform.manage("GET", f"{path_of(role, 'listMembers')}?{bad}")
        assert refused_fields(answer) == [bad.partition("=")[0]]
