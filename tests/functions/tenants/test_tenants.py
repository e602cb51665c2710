"""The room `tenants`: read and rename."""

import pytest

from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Platform
from tests.support.table_state import stored


def test_a_tenant_is_read_and_renamed(platform: Platform) -> None:
    path = f"/v1/tenants/{platform.tenant_id}"
    before = platform.manage("GET", path)
    assert before.json().keys() == {"id", "display_name", "create_time", "update_time"}
    assert before.json()["id"] == platform.tenant_id
    platform.clock.advance(60)
    body = {"tenant": {"display_name": "Renamed", "id": "0" * 16, "create_time": "x"}}
    after = platform.manage("PATCH", path, body)
    assert after.status == 200
    assert after.json()["display_name"] == "Renamed"
    assert after.json()["id"] == platform.tenant_id
    assert after.json()["create_time"] == before.json()["create_time"]
    assert after.json()["update_time"] > before.json()["update_time"]
    assert after.headers["etag"] != before.headers["etag"]
    assert platform.manage("GET", path).json() == after.json()
    assert platform.manage("PATCH", path, {"tenant": {}}).headers["etag"] == after.headers["etag"]
    stale = [("if-match", before.headers["etag"])]
    token = platform.management_token()
    assert platform.call("PATCH", path, json=body, token=token, headers=stale).status == 412
    platform.clock.reset()


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a<b", "a\x00", None, 1])
def test_a_bad_name_is_refused(platform: Platform, name: object) -> None:
    """N119."""
    before = stored()
    body = {"tenant": {"display_name": name}}
    answer = platform.manage("PATCH", f"/v1/tenants/{platform.tenant_id}", body)
    assert refused_fields(answer) == ["tenant.display_name"]
    assert stored() == before


def test_the_envelope_has_its_name(platform: Platform) -> None:
    """N118."""
    answer = platform.manage("PATCH", f"/v1/tenants/{platform.tenant_id}", {"display_name": "x"})
    assert refused_fields(answer) == ["tenant"]


def test_another_tenant_does_not_exist(platform: Platform) -> None:
    """N125."""
    other = platform.second_tenant()
    answers = [
        platform.manage("GET", f"/v1/tenants/{tenant}") for tenant in (other.tenant_id, "0" * 16)
    ]
    assert [(a.status, a.json()["message"]) for a in answers] == [(404, "tenant not found")] * 2
    body = {"tenant": {"display_name": "Stolen"}}
    assert platform.manage("PATCH", f"/v1/tenants/{other.tenant_id}", body).status == 404


def test_each_verb_needs_its_own_scope_and_there_are_no_others(platform: Platform) -> None:
    path = f"/v1/tenants/{platform.tenant_id}"
    body = {"tenant": {"display_name": "x"}}
    assert platform.manage("GET", path, scopes=["tenants:update"]).status == 403
    assert platform.manage("PATCH", path, body, scopes=["tenants:read"]).status == 403
    assert platform.call("GET", path).status == 401
    for method in ("DELETE", "PUT", "POST"):
        answer = platform.manage(method, path, body)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, PATCH, HEAD, OPTIONS")
