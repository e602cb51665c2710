"""Nobody gives anybody a scope of the management API that they do not hold: a test for each way."""

from typing import Any

import pytest

from tests.support.access_bodies import make_group, make_identity
from tests.support.platform import Answer, Platform

LESSER = [
    "roles:create",
    "roles:read",
    "roles:update",
    "groups:read",
    "groups:update",
    "identities:read",
    "resource-servers:read",
]
BEYOND = "tenants:update"


@pytest.fixture(autouse=True)
def in_the_admin_realm(platform: Platform) -> None:
    platform.realm_id = platform.management.admin_realm_id


@pytest.fixture
def role(platform: Platform) -> str:
    return role_path(platform)


def role_path(platform: Platform) -> str:
    base = f"/resource-servers/{platform.management.resource_server_id}/roles"
    body = {"role": {"display_name": "Administrator"}}
    made = platform.manage("POST", base, body, scopes=LESSER)
    assert made.status == 200, made.text
    return f"{base}/{made.json()['id']}"


def lesser(platform: Platform, path: str, body: Any) -> Answer:
    return platform.manage("POST", path, body, scopes=LESSER)


def whole(platform: Platform, path: str, body: Any) -> None:
    answer = platform.manage("POST", path, body)
    assert answer.status == 200, answer.text


def check_refused(answer: Answer) -> None:
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")
    assert BEYOND in answer.json()["message"]


def test_a_scope_one_lacks_cannot_be_added_to_a_role(platform: Platform, role: str) -> None:
    check_refused(lesser(platform, f"{role}:addScopes", {"scopes": ["roles:read", BEYOND]}))
    assert platform.manage("GET", f"{role}:listScopes").json()["scopes"] == []
    assert lesser(platform, f"{role}:addScopes", {"scopes": ["roles:read"]}).status == 200


def test_nor_to_a_role_that_has_members_already(platform: Platform, role: str) -> None:
    me = make_identity(platform, "me 1")
    assert lesser(platform, f"{role}:addMembers", {"identity_ids": [me]}).status == 200
    check_refused(lesser(platform, f"{role}:addScopes", {"scopes": [BEYOND]}))


def test_nobody_becomes_a_member_of_a_role_beyond_the_callers(
    platform: Platform, role: str
) -> None:
    """Least of all the caller."""
    whole(platform, f"{role}:addScopes", {"scopes": ["roles:read", BEYOND]})
    me, group = make_identity(platform, "me 2"), make_group(platform)
    check_refused(lesser(platform, f"{role}:addMembers", {"identity_ids": [me]}))
    check_refused(lesser(platform, f"{role}:addMembers", {"group_ids": [group["id"]]}))
    listed = platform.manage("GET", f"{role}:listMembers").json()
    assert [listed["total_groups_size"], listed["total_identities_size"]] == [0, 0]


def test_nobody_becomes_a_member_of_a_group_that_has_such_a_role(
    platform: Platform, role: str
) -> None:
    me, group = make_identity(platform, "me 3"), make_group(platform)
    path = f"/groups/{group['id']}:addMembers"
    assert lesser(platform, path, {"identity_ids": [me]}).status == 200
    whole(platform, f"/groups/{group['id']}:deleteMembers", {"identity_ids": [me]})
    whole(platform, f"{role}:addMembers", {"group_ids": [group["id"]]})
    assert lesser(platform, path, {"identity_ids": [me]}).status == 200
    whole(platform, f"/groups/{group['id']}:deleteMembers", {"identity_ids": [me]})
    whole(platform, f"{role}:addScopes", {"scopes": [BEYOND]})
    check_refused(lesser(platform, path, {"identity_ids": [me]}))
    assert platform.manage("GET", f"/groups/{group['id']}:listMembers").json()["total_size"] == 0


def test_taking_away_needs_no_scope_that_is_taken(platform: Platform, role: str) -> None:
    me = make_identity(platform, "me 4")
    whole(platform, f"{role}:addScopes", {"scopes": [BEYOND]})
    whole(platform, f"{role}:addMembers", {"identity_ids": [me]})
    assert lesser(platform, f"{role}:deleteMembers", {"identity_ids": [me]}).status == 200
    assert lesser(platform, f"{role}:deleteScopes", {"scopes": [BEYOND]}).status == 200


def test_other_scopes_of_the_same_name_need_only_the_write_scope(platform: Platform) -> None:
    """A resource server of a customer realm may call a scope what it likes."""
    platform.realm_id = platform.create_realm(platform.management).id
    body = {"display_name": "x", "identifier": "urn:example:x", "scopes": [BEYOND]}
    server = platform.manage("POST", "/resource-servers", {"resource_server": body}).json()
    base = f"/resource-servers/{server['id']}/roles"
    role = platform.manage("POST", base, {"role": {"display_name": "x"}}).json()
    path = f"{base}/{role['id']}"
    assert lesser(platform, f"{path}:addScopes", {"scopes": [BEYOND]}).status == 200
    person = {"identity_ids": [make_identity(platform)]}
    assert lesser(platform, f"{path}:addMembers", person).status == 200
