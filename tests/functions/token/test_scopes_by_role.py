"""Roles and groups decide which scopes a person is granted, at no further round trip."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from keybound.domain.encoding import from_b64url

from tests.functions.test_call_budgets import caching
from tests.support.access_bodies import make_group, make_role, make_server
from tests.support.aws_rounds import expect_rounds
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
BOTH = ("orders:read", "orders:write")
ALL = "openid groups roles orders:read orders:write"


@dataclass
class Shop:
    """A person at an application whose resource server grants by role."""

    platform: Platform
    server: dict[str, Any]
    person: SignIn

    def manage(self, path: str, **body: Any) -> None:
        answer = self.platform.manage("POST", path, body)
        assert answer.status == 200, answer.text

    def role(self, *scopes: str) -> str:
        """Make a role with these scopes and return its path."""
        made = make_role(self.platform, self.server)
        path = f"/resource-servers/{self.server['id']}/roles/{made['id']}"
        if scopes:
            self.manage(f"{path}:addScopes", scopes=list(scopes))
        return path

    def hold(self, role: str) -> None:
        self.manage(f"{role}:addMembers", identity_ids=[self.person.identity.id])

    def lose(self, role: str) -> None:
        self.manage(f"{role}:deleteMembers", identity_ids=[self.person.identity.id])


@pytest.fixture
def shop(platform: Platform) -> Shop:
    platform.realm_id = platform.create_realm(platform.management).id
    server = make_server(platform, scopes_by_role=True)
    person = new_sign_in(
        platform,
        grant_types=GRANTS,
        allowed_scopes=BOTH,
        resource_server_id=server["id"],
    )
    return Shop(platform, server, person)


def claims_of(token: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(from_b64url(token.split(".")[1]))
    return content


def granted(answer: dict[str, Any]) -> list[str]:
    found = str(answer["scope"]).split(" ")
    assert claims_of(answer["access_token"])["scope"].split(" ") == found
    return [scope for scope in found if scope in BOTH]


def test_without_a_role_a_person_gets_no_scope_of_the_server(shop: Shop) -> None:
    shop.role(*BOTH)
    tokens = shop.person.tokens(scope=ALL)
    assert granted(tokens) == []
    # With nothing of the resource server the token is for the issuer alone.
    assert claims_of(tokens["access_token"])["aud"] == shop.person.issuer


def test_a_role_gives_its_own_scopes_and_no_other(shop: Shop) -> None:
    shop.hold(shop.role("orders:read"))
    tokens = shop.person.tokens(scope=ALL)
    assert granted(tokens) == ["orders:read"]
    assert claims_of(tokens["access_token"])["aud"] == shop.server["identifier"]


def test_a_role_held_through_a_group_gives_the_same(shop: Shop) -> None:
    role, group = shop.role("orders:write"), make_group(shop.platform)
    shop.manage(f"{role}:addMembers", group_ids=[group["id"]])
    assert granted(shop.person.tokens(scope=ALL)) == []
    shop.manage(f"/groups/{group['id']}:addMembers", identity_ids=[shop.person.identity.id])
    assert granted(shop.person.tokens(scope=ALL)) == ["orders:write"]
    shop.manage(f"{role}:deleteMembers", group_ids=[group["id"]])
    assert granted(shop.person.tokens(scope=ALL)) == []


def test_a_role_gives_nothing_that_the_application_is_not_allowed(shop: Shop) -> None:
    shop.hold(shop.role(*BOTH))
    shop.person.change_application(allowed_scopes=("orders:read",))
    assert granted(shop.person.tokens(scope="openid orders:read")) == ["orders:read"]
    assert shop.person.authorize(scope="openid orders:write").status != 200


def test_a_refresh_narrows_when_a_role_is_lost_and_widens_when_it_is_back(shop: Shop) -> None:
    role = shop.role(*BOTH)
    shop.hold(role)
    tokens = shop.person.tokens(scope=f"{ALL} offline_access")
    assert granted(tokens) == list(BOTH)
    for change, expected in ((shop.lose, []), (shop.hold, list(BOTH))):
        change(role)
        answer = shop.person.refresh(tokens["refresh_token"])
        assert answer.status == 200, answer.text
        tokens = answer.json()
        assert granted(tokens) == expected


def test_whoever_is_left_with_no_scope_at_all_is_refused(shop: Shop) -> None:
    answer = shop.person.redeem(shop.person.code(scope="orders:read"))
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


def test_where_scopes_are_not_by_role_the_application_alone_decides(shop: Shop) -> None:
    path = f"/resource-servers/{shop.server['id']}"
    change = {"resource_server": {"scopes_by_role": False}}
    assert shop.platform.manage("PATCH", path, change).status == 200
    shop.role("orders:read")
    assert granted(shop.person.tokens(scope=ALL)) == list(BOTH)


def test_a_clients_own_token_needs_no_role(shop: Shop) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": shop.person.application.client_id,
        "client_secret": shop.person.secret,
    }
    assert granted(shop.person.token(form).json()) == list(BOTH)


@pytest.mark.parametrize("left", [("orders:read",), ()])
def test_a_scope_that_the_server_lost_is_granted_to_nobody(
    shop: Shop, left: tuple[str, ...]
) -> None:
    """Even before it was dropped from the application, or when that broke off."""
    shop.hold(shop.role(*BOTH))
    path = f"/resource-servers/{shop.server['id']}"
    change = {"resource_server": {"scopes": list(left)}}
    assert shop.platform.manage("PATCH", path, change).status == 200
    shop.person.change_application(allowed_scopes=BOTH)
    assert granted(shop.person.tokens(scope=ALL)) == list(left)
    client = {"client_id": shop.person.application.client_id, "client_secret": shop.person.secret}
    answer = shop.person.token({"grant_type": "client_credentials", **client})
    assert answer.status == (200 if left else 400)
    if left:
        assert granted(answer.json()) == list(left)


def test_groups_and_roles_are_claims_when_asked_for(shop: Shop) -> None:
    direct, through, foreign = shop.role(), shop.role(), shop.role()
    group, other = make_group(shop.platform), make_group(shop.platform)
    shop.hold(direct)
    shop.manage(f"{through}:addMembers", group_ids=[group["id"]])
    shop.manage(f"{foreign}:addMembers", group_ids=[other["id"]])
    shop.manage(f"/groups/{group['id']}:addMembers", identity_ids=[shop.person.identity.id])
    tokens = shop.person.tokens(scope="openid groups roles")
    roles = sorted(path.rpartition("/")[2] for path in (direct, through))
    told = [
        claims_of(tokens["id_token"]),
        claims_of(tokens["access_token"]),
        shop.person.userinfo(tokens["access_token"]).json(),
    ]
    for claims in told:
        assert (claims["groups"], claims["roles"]) == ([group["id"]], roles)
    silent = shop.person.tokens(scope="openid")
    for token in (silent["id_token"], silent["access_token"]):
        assert not {"groups", "roles"} & set(claims_of(token))


def test_who_is_in_none_has_empty_claims(shop: Shop) -> None:
    claims = claims_of(shop.person.tokens(scope="openid groups roles")["id_token"])
    assert (claims["groups"], claims["roles"]) == ([], [])


def test_discovery_announces_what_can_be_asked_for(shop: Shop) -> None:
    url = f"{shop.person.issuer}/.well-known/openid-configuration"
    metadata = shop.platform.call("GET", url).json()
    assert {"groups", "roles"} <= set(metadata["scopes_supported"])
    assert {"groups", "roles"} <= set(metadata["claims_supported"])
    shop.person.change_application(resource_server_id=None, allowed_scopes=())
    metadata = shop.platform.call("GET", url).json()
    assert "groups" in metadata["scopes_supported"]
    assert "roles" not in metadata["scopes_supported"] + metadata["claims_supported"]


@pytest.fixture
def warm(shop: Shop) -> Iterator[Shop]:
    shop.hold(shop.role(*BOTH))
    with caching(shop.platform):
        tokens = shop.person.tokens(scope=f"{ALL} offline_access")
        assert granted(shop.person.refresh(tokens["refresh_token"]).json()) == list(BOTH)
        yield shop


def test_warm_requests_cost_what_they_cost_without_roles(warm: Shop) -> None:
    """The code: one round, and signing; so does a refresh (the budgets of every sign-in)."""
    code = warm.person.code(scope=f"{ALL} offline_access")
    with expect_rounds(("BatchGetItem", "PutItem", "UpdateItem"), ("Sign", "Sign")):
        tokens = warm.person.redeem(code).json()
    assert granted(tokens) == list(BOTH)
    with expect_rounds(("BatchGetItem", "UpdateItem"), ("Sign", "Sign")):
        tokens = warm.person.refresh(tokens["refresh_token"]).json()
    assert granted(tokens) == list(BOTH)


def test_a_lost_membership_counts_at_once_although_configuration_is_cached(warm: Shop) -> None:
    tokens = warm.person.tokens(scope=f"{ALL} offline_access")
    role = warm.platform.manage("GET", f"/resource-servers/{warm.server['id']}/roles").json()
    warm.lose(f"/resource-servers/{warm.server['id']}/roles/{role['roles'][0]['id']}")
    assert granted(warm.person.refresh(tokens["refresh_token"]).json()) == []
