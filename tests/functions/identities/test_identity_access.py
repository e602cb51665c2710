"""The room `identities`: who may call it, and what strangers see."""

from typing import Any

import pytest

from tests.support.binding_steps import identity_body
from tests.support.platform import Platform


def create(platform: Platform) -> str:
    made: str = platform.manage("POST", "/identities", identity_body()).json()["id"]
    return made


CALLS = [
    ("POST", "/identities", "identities:create", identity_body()),
    ("GET", "/identities", "identities:read", None),
    ("GET", "/identities/{id}", "identities:read", None),
    ("PATCH", "/identities/{id}", "identities:update", {"identity": {"display_name": "New"}}),
    ("DELETE", "/identities/{id}", "identities:delete", None),
]


@pytest.mark.parametrize(("method", "path", "scope", "body"), CALLS)
def test_each_call_needs_its_own_scope(
    platform: Platform, method: str, path: str, scope: str, body: Any
) -> None:
    path = path.replace("{id}", create(platform))
    others = ["identities:create", "identities:read", "identities:update", "identities:delete"]
    others.remove(scope)
    refused = platform.manage(method, path, body, scopes=others)
    assert refused.status == 403
    assert f'scope="{scope}"' in refused.headers["www-authenticate"]
    assert scope in refused.json()["details"][0]["www_authenticate"]
    assert platform.manage(method, path, body, scopes=[scope]).status == 200


@pytest.mark.parametrize(("method", "path", "scope", "body"), CALLS)
def test_without_a_token_every_call_is_401(
    platform: Platform, method: str, path: str, scope: str, body: Any
) -> None:
    path = platform.realm_path + path.replace("{id}", create(platform))
    answer = platform.call(method, path, json=body)
    assert (answer.status, answer.json()["code"]) == (401, "unauthorized")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer resource_metadata="), "and no error (RFC 6750 §3.1)"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_malformed_and_foreign_ids_look_the_same(platform: Platform, method: str) -> None:
    """N125: one body, apart from the id that was sent."""
    other_realm = platform.create_realm(platform.management, "Elsewhere").id
    mine = create(platform)
    body = {"identity": {"display_name": "New"}} if method == "PATCH" else None
    elsewhere = f"/v1/tenants/{platform.tenant_id}/realms/{other_realm}"
    unknown_realm = f"/v1/tenants/{platform.tenant_id}/realms/{'0' * 16}"
    answers = {
        "unknown": (f"/identities/{'0' * 16}", "0" * 16),
        "malformed": ("/identities/not-an-id", "not-an-id"),
        "upper": (f"/identities/{mine.upper()}x", f"{mine.upper()}x"),
        "realm": (f"{elsewhere}/identities/{mine}", mine),
        "no realm": (f"{unknown_realm}/identities/{mine}", mine),
        "odd realm": (f"/v1/tenants/{platform.tenant_id}/realms/X/identities/{mine}", mine),
    }
    for name, (path, sent) in answers.items():
        answer = platform.manage(method, path, body)
        assert answer.status == 404, name
        assert answer.json() == {
            "code": "not_found",
            "message": "identity not found",
            "details": [
                {
                    "type": "ResourceInfo",
                    "resource_type": "Identity",
                    "id": sent,
                    "description": "not found",
                }
            ],
        }, name
    assert platform.manage("GET", f"/identities/{mine}").status == 200


@pytest.mark.parametrize(("method", "path", "scope", "body"), CALLS)
def test_another_tenants_token_sees_what_an_unknown_id_shows(
    platform: Platform, method: str, path: str, scope: str, body: Any
) -> None:
    """N125: a stranger's good token gets the same bytes as an id that does not exist."""
    stranger = platform.management_token(client=platform.second_tenant())
    mine = create(platform)
    url = platform.realm_path + path.replace("{id}", mine)
    foreign = platform.call(method, url, json=body, token=stranger)
    if "{id}" in path:
        unknown = platform.manage(method, path.replace("{id}", "0" * 16), body)
        assert foreign.body == unknown.body.replace(b"0" * 16, mine.encode())
    else:
        nowhere = f"/v1/tenants/{platform.tenant_id}/realms/{'0' * 16}{path}"
        unknown = platform.manage(method, nowhere, body)
        assert foreign.body == unknown.body.replace(b"0" * 16, platform.realm_id.encode())
    assert foreign.status == unknown.status == 404
    assert platform.manage("GET", f"/identities/{mine}").status == 200


def test_other_methods_are_405_with_allow(platform: Platform) -> None:
    """N134."""
    on_collection = platform.manage("DELETE", "/identities")
    assert (on_collection.status, on_collection.headers["allow"]) == (
        405,
        "GET, POST, HEAD, OPTIONS",
    )
    on_item = platform.manage("PUT", f"/identities/{create(platform)}", {})
    assert (on_item.status, on_item.headers["allow"]) == (405, "GET, PATCH, DELETE, HEAD, OPTIONS")
