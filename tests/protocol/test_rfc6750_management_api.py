"""RFC 6750 §3, RFC 9068 §4, RFC 9110 §15.5.6: every operation of the management API, one rule.

The table is the API; a route of the manifest that no row reaches fails. Nothing here exists but
the realm, so a caller who is let in finds nothing: 404, 400 or an empty list, and changes nothing.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from functions.manifest import REALM, ROOMS, Proof
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.table_state import stored

UUID = "00000000-0000-4000-8000-000000000000"
HEX = "0" * 16
A_JSON_OBJECT = {"x": 1}
SERVER = f"~/resource-servers/{UUID}"
PERSON = f"~/identities/{HEX}"

#: Method, path (`~` is the realm), the scopes that it needs.
OPERATIONS: tuple[tuple[str, str, str], ...] = (
    ("GET", "^", "tenants:read"),
    ("PATCH", "^", "tenants:update"),
    ("GET", "^/realms", "realms:read"),
    ("POST", "^/realms", "realms:create"),
    ("GET", f"^/realms/{HEX}", "realms:read"),
    ("PATCH", f"^/realms/{HEX}", "realms:update"),
    ("DELETE", f"^/realms/{HEX}", "realms:delete"),
    ("POST", "~/themes", "themes:create"),
    ("GET", "~/themes/active", "themes:read"),
    ("GET", f"~/themes/{UUID}", "themes:read"),
    ("PATCH", f"~/themes/{UUID}", "themes:update"),
    ("GET", "~/identities", "identities:read"),
    ("POST", "~/identities", "identities:create"),
    ("POST", "~/identities:batchDelete", "identities:delete"),
    ("GET", PERSON, "identities:read"),
    ("PATCH", PERSON, "identities:update"),
    ("DELETE", PERSON, "identities:delete"),
    ("GET", f"{PERSON}:listGroups", "identities:read groups:read"),
    ("GET", f"{PERSON}:listRoles", "identities:read roles:read resource-servers:read"),
    ("GET", f"{PERSON}/credentials", "credentials:read"),
    ("GET", f"{PERSON}/credentials/{HEX}", "credentials:read"),
    ("PATCH", f"{PERSON}/credentials/{HEX}", "credentials:update"),
    ("DELETE", f"{PERSON}/credentials/{HEX}", "credentials:delete"),
    ("POST", f"{PERSON}/credentials/{HEX}:revoke", "credentials:revoke"),
    ("GET", f"{PERSON}/credential-binding-jobs", "credential-binding-jobs:read"),
    ("POST", f"{PERSON}/credential-binding-jobs", "credential-binding-jobs:create"),
    ("GET", f"{PERSON}/credential-binding-jobs/{HEX}", "credential-binding-jobs:read"),
    ("POST", f"{PERSON}/credential-binding-jobs/{HEX}:revoke", "credential-binding-jobs:revoke"),
    ("POST", f"{PERSON}/credential-binding-jobs/{HEX}:resend", "credential-binding-jobs:create"),
    ("POST", "~/batch-credential-binding-jobs", "credential-binding-jobs:create"),
    ("GET", f"~/batch-credential-binding-jobs/{HEX}", "credential-binding-jobs:read"),
    ("GET", f"~/batch-credential-binding-jobs/{HEX}:listResults", "credential-binding-jobs:read"),
    ("GET", "~/applications", "applications:read"),
    ("POST", "~/applications", "applications:create"),
    ("GET", f"~/applications/{UUID}", "applications:read"),
    ("PATCH", f"~/applications/{UUID}", "applications:update"),
    ("DELETE", f"~/applications/{UUID}", "applications:delete"),
    ("POST", f"~/applications/{UUID}:rotateSecret", "applications:update"),
    ("GET", f"~/applications/{UUID}/tokens", "tokens:read"),
    ("DELETE", f"~/applications/{UUID}/tokens/{'A' * 22}", "tokens:delete"),
    ("GET", "~/authenticator-configs", "authenticator-configs:read"),
    ("POST", "~/authenticator-configs", "authenticator-configs:create"),
    ("GET", f"~/authenticator-configs/{UUID}", "authenticator-configs:read"),
    ("PATCH", f"~/authenticator-configs/{UUID}", "authenticator-configs:update"),
    ("DELETE", f"~/authenticator-configs/{UUID}", "authenticator-configs:delete"),
    ("GET", "~/resource-servers", "resource-servers:read"),
    ("POST", "~/resource-servers", "resource-servers:create"),
    ("GET", SERVER, "resource-servers:read"),
    ("PATCH", SERVER, "resource-servers:update"),
    ("DELETE", SERVER, "resource-servers:delete"),
    ("GET", f"{SERVER}/roles", "roles:read"),
    ("POST", f"{SERVER}/roles", "roles:create"),
    ("GET", f"{SERVER}/roles/{UUID}", "roles:read"),
    ("PATCH", f"{SERVER}/roles/{UUID}", "roles:update"),
    ("DELETE", f"{SERVER}/roles/{UUID}", "roles:delete"),
    ("POST", f"{SERVER}/roles/{UUID}:addScopes", "roles:update resource-servers:read"),
    ("POST", f"{SERVER}/roles/{UUID}:deleteScopes", "roles:update resource-servers:read"),
    ("GET", f"{SERVER}/roles/{UUID}:listScopes", "roles:read resource-servers:read"),
    ("POST", f"{SERVER}/roles/{UUID}:addMembers", "roles:update groups:read identities:read"),
    ("POST", f"{SERVER}/roles/{UUID}:deleteMembers", "roles:update groups:read identities:read"),
    ("GET", f"{SERVER}/roles/{UUID}:listMembers", "roles:read groups:read identities:read"),
    ("GET", "~/groups", "groups:read"),
    ("POST", "~/groups", "groups:create"),
    ("GET", f"~/groups/{UUID}", "groups:read"),
    ("PATCH", f"~/groups/{UUID}", "groups:update"),
    ("DELETE", f"~/groups/{UUID}", "groups:delete"),
    ("POST", f"~/groups/{UUID}:addMembers", "groups:update identities:read"),
    ("POST", f"~/groups/{UUID}:deleteMembers", "groups:update identities:read"),
    ("GET", f"~/groups/{UUID}:listMembers", "groups:read identities:read"),
    ("GET", f"~/groups/{UUID}:listRoles", "groups:read roles:read resource-servers:read"),
)
ROWS = pytest.mark.parametrize(
    ("method", "path", "scopes"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS]
)

BODIES = [(m, p) for m, p, _ in OPERATIONS if m in ("POST", "PATCH")]


def of_each_room() -> list[tuple[str, str]]:
    """One operation of each room, the last in the table."""
    return list({room_of(path): (method, path) for method, path, _ in OPERATIONS}.values())


def room_of(path: str) -> str:
    """The name of the room that a path of the table belongs to."""
    whole = path.replace("~", REALM, 1).replace("^", "/v1/tenants/t", 1)
    for room in ROOMS:
        for route in room.routes if room.proof is Proof.MANAGEMENT_TOKEN else ():
            if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", route), whole):
                return room.name
    raise AssertionError(f"{path} belongs to no room")


@pytest.fixture(scope="module")
def tokens(platform: Platform) -> dict[str, str]:
    """Tokens that are good for something, and not for this."""
    person: SignIn = new_sign_in(platform)
    users = person.tokens()
    claims = platform.management_claims()
    other = platform.second_tenant()
    return {
        "all": platform.management_token(),
        "stranger": platform.management_token(client=other),
        "no scope": platform.sign(claims | {"scope": ""}),
        "N102 an ID token": users["id_token"],
        "N102 a user's access token": users["access_token"],
        "N102 another typ": platform.sign(claims, typ="JWT"),
        "N104 for another API": platform.sign(claims | {"aud": "https://api.example.com"}),
        "N104 for another tenant's API": platform.sign(
            claims | {"aud": f"{platform.api_base_url}/v1/tenants/{other.tenant_id}"}
        ),
        "N96 expired": platform.sign(claims | {"exp": platform.clock.now() - 60}),
        "N96 garbage": "x.y.z",
    }


@pytest.fixture(autouse=True, scope="module")
def nothing_changes(platform: Platform, tokens: dict[str, str]) -> Iterator[None]:
    before = stored()
    yield
    assert stored() == before


def address(platform: Platform, path: str) -> str:
    tenant = f"/v1/tenants/{platform.tenant_id}"
    return path.replace("~", platform.realm_path, 1).replace("^", tenant, 1)


def ask(platform: Platform, method: str, path: str, token: str = "", **sent: Any) -> Answer:
    if method in ("POST", "PATCH") and not sent:
        sent = {"json": A_JSON_OBJECT}
    return platform.call(method, address(platform, path), token=token, **sent)


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json()["code"]) == (status, code), answer.text
    assert answer.json().keys() == {"code", "message", "details"}
    assert answer.headers["content-type"] == "application/json"


def test_every_management_route_has_an_operation() -> None:
    tenant = "/v1/tenants/t"
    sample = [p.replace("~", REALM, 1).replace("^", tenant, 1) for _, p, _ in OPERATIONS]
    routes = [r for room in ROOMS if room.proof is Proof.MANAGEMENT_TOKEN for r in room.routes]
    patterns = {r: re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", r)) for r in routes}
    assert [r for r in routes if not any(patterns[r].fullmatch(path) for path in sample)] == []


@ROWS
def test_n95_n102_without_a_token_for_it_it_is_401(
    platform: Platform, tokens: dict[str, str], method: str, path: str, scopes: str
) -> None:
    """RFC 6750 §3.1: an error is named only where a token was sent."""
    answer = ask(platform, method, path)
    refused(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "error=" not in answer.headers["www-authenticate"]
    answer = ask(platform, method, path, tokens["N102 an ID token"])
    refused(answer, 401, "unauthorized")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), of_each_room())
def test_n96_n102_n104_every_token_for_something_else_is_401_in_each_room(
    platform: Platform, tokens: dict[str, str], method: str, path: str
) -> None:
    for name, token in tokens.items():
        if name.startswith("N"):
            answer = ask(platform, method, path, token)
            refused(answer, 401, "unauthorized")
            assert 'error="invalid_token"' in answer.headers["www-authenticate"], name


@ROWS
def test_n97_n144_without_its_scope_it_is_403(
    platform: Platform, tokens: dict[str, str], method: str, path: str, scopes: str
) -> None:
    answer = ask(platform, method, path, tokens["no scope"])
    refused(answer, 403, "forbidden")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_scope"')
    assert set(scopes.split()) == set(re.findall(r'scope="([^"]*)"', challenge)[0].split())


@ROWS
def test_n103_n125_another_tenants_token_sees_what_does_not_exist(
    platform: Platform, tokens: dict[str, str], method: str, path: str, scopes: str
) -> None:
    foreign = ask(platform, method, path, tokens["stranger"])
    refused(foreign, 404, "not_found")


@pytest.mark.parametrize(("method", "path"), BODIES, ids=[f"{m} {p}" for m, p in BODIES])
def test_n116_a_body_that_is_no_json_object_is_never_a_5xx(
    platform: Platform, tokens: dict[str, str], method: str, path: str
) -> None:
    for body in ("[]", "[" * 10_000, b"\xff"):
        answer = ask(platform, method, path, tokens["all"], body=body)
        assert answer.status in (400, 404, 413), (body, answer.text)
