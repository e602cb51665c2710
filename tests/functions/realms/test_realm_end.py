"""The room `realms`: change and deletion."""

from typing import Any

import pytest

from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import client_body, config_body, refused_fields
from tests.support.platform import Answer, Platform
from tests.support.table_state import stored


def realm_of(platform: Platform) -> str:
    made = platform.create_realm(platform.management)
    return f"/v1/tenants/{platform.tenant_id}/realms/{made.id}"


def identity_body(name: str = "ada") -> dict[str, Any]:
    traits = {"type": "traits_v0", "username": name}
    return {"identity": {"display_name": "Ada", "traits": traits}}


def client_token(platform: Platform, path: str, client: dict[str, Any]) -> Answer:
    form = {
        "grant_type": "client_credentials",
        "client_id": client["protocol_config"]["client_id"],
        "client_secret": client["protocol_config"]["client_secret"],
    }
    return platform.call(
        "POST", f"{path}/applications/{client['id']}/token", host="auth", form=form
    )


def test_what_was_sent_is_changed_and_the_rest_is_kept(platform: Platform) -> None:
    """N123, N124: read-only members are ignored, no member is no change, null is refused."""
    path = realm_of(platform)
    before = platform.manage("GET", path).json()
    platform.clock.advance(60)
    body = {"realm": {"classification": "SECURE_WORKFORCE", "id": "0" * 16, "is_admin": True}}
    changed = platform.manage("PATCH", path, body).json()
    assert changed["classification"] == "SECURE_WORKFORCE"
    assert changed["update_time"] > before["update_time"]
    same = ("id", "tenant_id", "display_name", "create_time")
    assert [changed[name] for name in same] == [before[name] for name in same]
    assert platform.manage("PATCH", path, {"realm": {}}).json() == changed
    for bad in ({"display_name": None}, {"display_name": "a<b"}, {"classification": "TOP"}):
        assert refused_fields(platform.manage("PATCH", path, {"realm": bad}))
    assert platform.manage("GET", path).json() == changed
    platform.clock.reset()


def test_the_admin_realm_is_never_deleted(platform: Platform) -> None:
    path = f"/v1/tenants/{platform.tenant_id}/realms/{platform.management.admin_realm_id}"
    before = stored()
    answer = platform.manage("DELETE", path)
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["message"] == "the admin realm cannot be deleted"
    assert stored() == before


def test_a_realm_with_an_identity_a_group_or_a_role_is_kept(platform: Platform) -> None:
    """N129."""
    path = realm_of(platform)
    person = platform.manage("POST", f"{path}/identities", identity_body()).json()
    server = {"display_name": "Orders", "identifier": "urn:orders", "scopes": ["orders:read"]}
    made = platform.manage("POST", f"{path}/resource-servers", {"resource_server": server}).json()
    roles = f"{path}/resource-servers/{made['id']}/roles"
    role = platform.manage("POST", roles, {"role": {"display_name": "Clerk"}}).json()
    group = platform.manage("POST", f"{path}/groups", {"group": {"display_name": "Staff"}}).json()
    children = (f"{path}/identities/{person['id']}", f"{roles}/{role['id']}")
    for child in (*children, f"{path}/groups/{group['id']}"):
        before = stored()
        answer = platform.manage("DELETE", path)
        assert (answer.status, answer.json()["message"]) == (409, "realm has children")
        assert stored() == before
        assert platform.manage("DELETE", child).status == 200
    assert platform.manage("DELETE", path).status == 200


def test_what_was_in_a_deleted_realm_works_no_more_and_is_cleared_away(platform: Platform) -> None:
    """N130."""
    path = realm_of(platform)
    realm_id = path.rpartition("/")[2]
    client = platform.manage("POST", f"{path}/applications", client_body()).json()
    assert platform.manage("POST", f"{path}/authenticator-configs", config_body()).status == 200
    server = {"display_name": "Orders", "identifier": "urn:orders", "scopes": ["orders:read"]}
    body = {"resource_server": server}
    assert platform.manage("POST", f"{path}/resource-servers", body).status == 200
    theme = {"theme": {"email_realm_name": "Shop"}}
    assert platform.manage("POST", f"{path}/themes", theme).status == 200
    assert client_token(platform, path, client).status == 200

    deleted = platform.manage("DELETE", path)

    assert (deleted.status, deleted.body) == (200, b"")
    assert client_token(platform, path, client).status in (400, 401, 404)
    documents = f"{path}/applications/{client['id']}/.well-known/openid-configuration"
    assert platform.call("GET", documents, host="auth").status == 404
    for rest in (
        "",
        "/applications",
        f"/applications/{client['id']}",
        "/identities",
        "/themes/active",
    ):
        assert platform.manage("GET", path + rest).status == 404
    assert platform.manage("POST", f"{path}/identities", identity_body()).status == 404
    assert platform.manage("POST", f"{path}/applications", client_body()).status == 404
    assert platform.manage("POST", f"{path}/themes", theme).status == 404
    left = {pk.partition("#")[0] for _, pk, sk in stored() if realm_id in pk + sk}
    assert left == {"COUNT"}
    again = platform.manage("DELETE", path)
    assert (again.status, again.json()["message"]) == (404, "realm not found")


def test_a_deletion_that_broke_off_is_taken_up_again(platform: Platform) -> None:
    path = realm_of(platform)
    realm_id = path.rpartition("/")[2]
    client = platform.manage("POST", f"{path}/applications", client_body()).json()
    token = platform.management_token()
    with fail_aws_call("TransactWriteItems", "after") as failed:
        platform.call("DELETE", path, token=token)
    assert failed
    assert client_token(platform, path, client).status in (400, 401, 404)
    assert platform.manage("DELETE", path).status == 404
    assert {pk.partition("#")[0] for _, pk, sk in stored() if realm_id in pk + sk} == {"COUNT"}


def test_a_deletion_that_failed_changed_nothing(platform: Platform) -> None:
    path = realm_of(platform)
    token, before = platform.management_token(), stored()
    with fail_aws_call("TransactWriteItems", "before") as failed:
        assert platform.call("DELETE", path, token=token).status == 503
    assert failed
    assert stored() == before
    assert platform.manage("DELETE", path).status == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_each_verb_needs_its_own_scope_and_tenant(platform: Platform, method: str) -> None:
    """N125."""
    path, body = realm_of(platform), {"realm": {"display_name": "Mine"}}
    before = stored()
    scopes = [
        "realms:read",
        "realms:create",
        {"PATCH": "realms:delete"}.get(method, "realms:update"),
    ]
    assert platform.manage(method, path, body, scopes=scopes).status == 403
    assert platform.call(method, path, json=body).status == 401
    other = platform.second_tenant()
    before = stored()
    token = platform.management_token(client=other)
    foreign = platform.call(method, path, json=body, token=token)
    own = f"/v1/tenants/{other.tenant_id}/realms/{path.rpartition('/')[2]}"
    elsewhere = platform.call(method, own, json=body, token=token)
    assert (foreign.status, elsewhere.status) == (404, 404)
    assert foreign.body == elsewhere.body
    for unknown in ("0" * 16, "x", "-", "A" * 16):
        path = f"/v1/tenants/{platform.tenant_id}/realms/{unknown}"
        assert platform.manage(method, path, body).status == 404
    assert stored() == before


def test_stale_conditions_are_412(platform: Platform) -> None:
    path = realm_of(platform)
    tag = platform.manage("GET", path).headers["etag"]
    token = platform.management_token()
    stale = [("if-match", tag)]
    assert platform.manage("PATCH", path, {"realm": {"display_name": "New"}}).status == 200
    body = {"realm": {"display_name": "Newer"}}
    assert platform.call("PATCH", path, json=body, token=token, headers=stale).status == 412
    assert platform.call("DELETE", path, token=token, headers=stale).status == 412
    tag = platform.manage("GET", path).headers["etag"]
    fresh = [("if-match", tag)]
    assert platform.call("DELETE", path, token=token, headers=fresh).status == 200
