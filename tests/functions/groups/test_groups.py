"""Groups: each verb, members, the roles they hold, and what deletion does."""

from typing import Any

import pytest
from keybound.storage import memberships

from tests.support.access_bodies import make_group, make_identity, make_role, make_server
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform

SEE = "identities:read"


@pytest.fixture(autouse=True)
def own_realm(platform: Platform) -> None:
    platform.realm_id = platform.create_realm(platform.management).id


def post(platform: Platform, group: dict[str, Any], verb: str, *ids: str) -> Answer:
    return platform.manage("POST", f"/groups/{group['id']}:{verb}", {"identity_ids": list(ids)})


def members(platform: Platform, group: dict[str, Any]) -> list[str]:
    answer = platform.manage("GET", f"/groups/{group['id']}:listMembers").json()
    found = [identity["id"] for identity in answer["identities"]]
    assert answer["total_size"] == len(found)
    return found


def groups_of(platform: Platform, identity_id: str) -> list[str]:
    answer = platform.manage("GET", f"/identities/{identity_id}:listGroups").json()
    assert answer["total_size"] == len(answer["groups"])
    return [group["id"] for group in answer["groups"]]


def test_what_was_created_is_read_listed_changed_and_deleted(platform: Platform) -> None:
    made = make_group(platform, description="Who packs")
    assert made == {
        "id": made["id"],
        "realm_id": platform.realm_id,
        "tenant_id": platform.tenant_id,
        "display_name": "Warehouse",
        "description": "Who packs",
        "create_time": made["create_time"],
        "update_time": made["create_time"],
    }
    path = f"/groups/{made['id']}"
    assert platform.manage("GET", path).json() == made
    assert platform.manage("GET", "/groups").json() == {"groups": [made], "total_size": 1}
    platform.clock.advance(1)
    changed = platform.manage("PATCH", path, {"group": {"description": ""}}).json()
    assert changed["display_name"] == "Warehouse"
    assert changed["description"] == ""
    assert changed["update_time"] > made["update_time"]
    assert platform.manage("DELETE", path).status == 200
    for method in ("GET", "DELETE"):
        assert platform.manage(method, path).status == 404
    assert platform.manage("GET", "/groups").json() == {"groups": [], "total_size": 0}


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a<b", None, 7])
def test_names_that_the_model_refuses_are_refused(platform: Platform, name: object) -> None:
    answer = platform.manage("POST", "/groups", {"group": {"display_name": name}})
    assert refused_fields(answer) == ["group.display_name"]


def test_groups_are_listed_by_pages(platform: Platform) -> None:
    made = [make_group(platform, display_name=f"Group {number}")["id"] for number in range(5)]
    found, token = [], ""
    for _ in range(3):
        page = platform.manage("GET", f"/groups?page_size=2&page_token={token}").json()
        found += [group["id"] for group in page["groups"]]
        token = page.get("next_page_token", "")
    assert sorted(found) == sorted(made)
    assert not token
    assert page["total_size"] == 5


@pytest.mark.parametrize(
    ("method", "suffix", "body", "scopes"),
    [
        ("GET", "", None, ["groups:read"]),
        ("PATCH", "", {"group": {}}, ["groups:update"]),
        ("DELETE", "", None, ["groups:delete"]),
        ("POST", ":addMembers", {"identity_ids": ["{i}"]}, ["groups:update", SEE]),
        ("POST", ":deleteMembers", {"identity_ids": ["{i}"]}, ["groups:update", SEE]),
        ("GET", ":listMembers", None, ["groups:read", SEE]),
        (
            "GET",
            ":listRoles?resource_server_id={s}",
            None,
            ["groups:read", "roles:read", "resource-servers:read"],
        ),
    ],
)
def test_each_call_needs_every_scope_that_it_names(
    platform: Platform, method: str, suffix: str, body: Any, scopes: list[str]
) -> None:
    group, person = make_group(platform), make_identity(platform)
    if "{s}" in suffix:
        suffix = suffix.replace("{s}", make_server(platform)["id"])
    if body and "identity_ids" in body:
        body = {"identity_ids": [person]}
    path = f"/groups/{group['id']}{suffix}"
    for lacking in scopes:
        others = [scope for scope in scopes if scope != lacking] or ["realms:read"]
        assert platform.manage(method, path, body, scopes=others).status == 403
    assert platform.manage(method, path, body, scopes=scopes).status == 200


def test_groups_of_another_realm_or_tenant_do_not_exist(platform: Platform) -> None:
    group, person = make_group(platform), make_identity(platform)
    elsewhere = platform.create_realm(platform.management).id
    base = f"/v1/tenants/{platform.tenant_id}/realms/{elsewhere}/groups/{group['id']}"
    stranger = platform.management_token(client=platform.second_tenant())
    own = f"{platform.realm_path}/groups/{group['id']}"
    body = {"identity_ids": [person]}
    for suffix, method in (("", "GET"), (":addMembers", "POST"), (":listMembers", "GET")):
        answers = [
            platform.manage(method, base + suffix, body),
            platform.call(method, own + suffix, json=body, token=stranger),
            platform.manage(method, f"/groups/{'0' * 16}{suffix}", body),
            platform.manage(method, f"/groups/odd{suffix}", body),
        ]
        assert {(a.status, a.json()["message"]) for a in answers} == {(404, "group not found")}
    assert members(platform, group) == []


def test_unknown_verbs_are_unknown_routes(platform: Platform) -> None:
    group = make_group(platform)
    answer = platform.manage("POST", f"/groups/{group['id']}:addEverybody", {})
    assert (answer.status, answer.json()["message"]) == (404, "route not found")
    assert platform.manage("GET", f"/groups/{group['id']}:addMembers").status == 405


def test_members_are_listed_from_both_sides(platform: Platform) -> None:
    group, other = make_group(platform), make_group(platform)
    people = sorted(make_identity(platform, f"person {n}") for n in range(3))
    answer = post(platform, group, "addMembers", *people)
    assert answer.json() == group
    post(platform, other, "addMembers", people[0])
    assert members(platform, group) == people
    assert groups_of(platform, people[0]) == sorted([group["id"], other["id"]])
    assert groups_of(platform, people[1]) == [group["id"]]
    assert post(platform, group, "deleteMembers", people[0]).json() == group
    assert members(platform, group) == people[1:]
    assert groups_of(platform, people[0]) == [other["id"]]


def test_adding_and_ending_twice_changes_nothing(platform: Platform) -> None:
    group, person, stranger = make_group(platform), make_identity(platform), "bob"
    bob = make_identity(platform, stranger)
    for _ in range(2):
        assert post(platform, group, "addMembers", person).status == 200
        assert members(platform, group) == [person]
    assert post(platform, group, "addMembers", bob, person).status == 200
    for _ in range(2):
        assert post(platform, group, "deleteMembers", person).status == 200
        assert members(platform, group) == [bob]


@pytest.mark.parametrize("verb", ["addMembers", "deleteMembers"])
def test_an_unknown_id_refuses_the_whole_call_before_any_change(
    platform: Platform, verb: str
) -> None:
    group, known = make_group(platform), make_identity(platform)
    present = make_identity(platform, "present")
    post(platform, group, "addMembers", present)
    home, platform.realm_id = platform.realm_id, platform.create_realm(platform.management).id
    foreign = make_identity(platform)
    platform.realm_id = home
    for unknown in ("0" * 16, "odd", known.upper() + "x", foreign):
        with count_aws_calls() as calls:
            answer = post(platform, group, verb, known, present, unknown)
        assert refused_fields(answer) == ["identity_ids[2]"]
        assert "TransactWriteItems" not in {call.operation for call in calls}
    assert members(platform, group) == [present]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "identity_ids"),
        ({"identity_ids": []}, "identity_ids"),
        ({"identity_ids": "ab"}, "identity_ids"),
        ({"identity_ids": {"a": 1}}, "identity_ids"),
        ({"identity_ids": [f"{n:016x}" for n in range(1001)]}, "identity_ids"),
        ({"identity_ids": ["0" * 16, "0" * 16]}, "identity_ids[1]"),
        ({"identity_ids": [7]}, "identity_ids[0]"),
        ({"identity_ids": [""]}, "identity_ids[0]"),
        ({"identity_ids": [None]}, "identity_ids[0]"),
    ],
)
def test_lists_of_another_form_are_refused(
    platform: Platform, body: dict[str, Any], field: str
) -> None:
    path = f"/groups/{make_group(platform)['id']}"
    for verb in ("addMembers", "deleteMembers"):
        assert refused_fields(platform.manage("POST", f"{path}:{verb}", body)) == [field]


def test_members_are_listed_by_pages_in_the_order_of_their_ids(platform: Platform) -> None:
    group = make_group(platform)
    people = sorted(make_identity(platform, f"person {n}") for n in range(5))
    post(platform, group, "addMembers", *people)
    found, token = list[str](), ""
    for _ in range(3):
        path = f"/groups/{group['id']}:listMembers?page_size=2&page_token={token}"
        page = platform.manage("GET", path).json()
        found += [identity["id"] for identity in page["identities"]]
        token = page.get("next_page_token", "")
    assert found == people
    assert not token
    skipped = platform.manage("GET", f"/groups/{group['id']}:listMembers?skip=3").json()
    assert [identity["id"] for identity in skipped["identities"]] == people[3:]


def test_a_group_with_members_cannot_be_deleted(platform: Platform) -> None:
    group, person = make_group(platform), make_identity(platform)
    post(platform, group, "addMembers", person)
    refused = platform.manage("DELETE", f"/groups/{group['id']}")
    assert (refused.status, refused.json()["message"]) == (409, "group has children")
    post(platform, group, "deleteMembers", person)
    assert platform.manage("DELETE", f"/groups/{group['id']}").status == 200


def test_a_group_that_is_deleted_leaves_its_roles(platform: Platform) -> None:
    group, server = make_group(platform), make_server(platform)
    role = make_role(platform, server)
    path = f"/resource-servers/{server['id']}/roles/{role['id']}"
    added = platform.manage("POST", f"{path}:addMembers", {"group_ids": [group["id"]]})
    assert added.status == 200
    roles = f"/groups/{group['id']}:listRoles?resource_server_id={server['id']}"
    assert platform.manage("GET", roles).json() == {"roles": [role], "total_size": 1}
    assert platform.manage("DELETE", path).status == 409
    assert platform.manage("DELETE", f"/groups/{group['id']}").status == 200
    assert platform.manage("GET", f"{path}:listMembers").json()["total_groups_size"] == 0
    assert platform.manage("DELETE", path).status == 200


def test_a_deleted_identity_leaves_its_groups_and_roles(platform: Platform) -> None:
    group, server, person = make_group(platform), make_server(platform), make_identity(platform)
    role = make_role(platform, server)
    path = f"/resource-servers/{server['id']}/roles/{role['id']}"
    post(platform, group, "addMembers", person)
    platform.manage("POST", f"{path}:addMembers", {"identity_ids": [person]})
    assert platform.manage("DELETE", f"/identities/{person}").status == 200
    assert members(platform, group) == []
    listed = platform.manage("GET", f"{path}:listMembers").json()
    assert (listed["identities"], listed["total_identities_size"]) == ([], 0)
    assert platform.manage("DELETE", f"/groups/{group['id']}").status == 200
    assert platform.manage("DELETE", path).status == 200


def test_a_deletion_that_broke_off_anywhere_is_finished_by_the_same_call(
    platform: Platform,
) -> None:
    group, token = make_group(platform), platform.management_token()
    for broken in range(1, 50):
        person = make_identity(platform, f"person {broken}")
        post(platform, group, "addMembers", person)
        path = f"{platform.realm_path}/identities/{person}"
        with fail_aws_call(broken, "before") as failed:
            answer = platform.call("DELETE", path, token=token)
        assert answer.status == (503 if failed else 200)
        if not failed:
            break
        platform.call("DELETE", path, token=token)
        assert members(platform, group) == []
    assert broken > 5


def test_additions_that_broke_off_anywhere_are_finished_by_the_same_call(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More members than one transaction holds."""
    monkeypatch.setattr(memberships, "AT_ONCE", 3)
    group, token = make_group(platform), platform.management_token()
    people = sorted(make_identity(platform, f"person {n}") for n in range(7))
    path = f"{platform.realm_path}/groups/{group['id']}"
    body = {"identity_ids": people}
    for broken in range(1, 50):
        with fail_aws_call(broken, "after") as failed:
            answer = platform.call("POST", f"{path}:addMembers", json=body, token=token)
        assert answer.status in ((200, 503) if failed else (200,))
        assert platform.call("POST", f"{path}:addMembers", json=body, token=token).status == 200
        listed = platform.manage("GET", f"{path}:listMembers?page_size=200").json()
        assert [identity["id"] for identity in listed["identities"]] == people
        assert listed["total_size"] == 7
        assert platform.call("POST", f"{path}:deleteMembers", json=body, token=token).status == 200
        assert members(platform, group) == []
        if not failed:
            break
    assert broken > 5


@pytest.mark.parametrize(
    "query", ["", "?resource_server_id=", "?resource_server_id=a&resource_server_id=b"]
)
def test_the_lists_of_roles_need_one_resource_server(platform: Platform, query: str) -> None:
    for holder in (f"groups/{make_group(platform)['id']}", f"identities/{make_identity(platform)}"):
        answer = platform.manage("GET", f"/{holder}:listRoles{query}")
        assert refused_fields(answer) == ["resource_server_id"]


def test_an_unknown_resource_server_is_a_conflict(platform: Platform) -> None:
    unknown = "?resource_server_id=00000000-0000-4000-8000-000000000000"
    for holder in (f"groups/{make_group(platform)['id']}", f"identities/{make_identity(platform)}"):
        answer = platform.manage("GET", f"/{holder}:listRoles{unknown}")
        assert (answer.status, answer.json()["message"]) == (409, "resource server not found")
