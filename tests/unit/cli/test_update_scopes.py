"""What an operator gives a tenant of an earlier release works in the rooms."""

from base64 import b64encode

import pytest

from tests.support.earlier_tenant import EARLIER, LATER, make_earlier
from tests.support.platform import Platform
from tools.cli.management_client import ManagementClient
from tools.cli.management_scopes import add_lacking_scopes

CACHE_S = 30


@pytest.fixture
def earlier(platform: Platform) -> ManagementClient:
    client = platform.second_tenant()
    make_earlier(platform.deployment.directory, client)
    return client


def ask_for(platform: Platform, client: ManagementClient, scope: str) -> int:
    pair = b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    return platform.call(
        "POST",
        client.token_endpoint,
        headers={"authorization": f"Basic {pair}"},
        form={"grant_type": "client_credentials", "scope": scope},
    ).status


def make_administrator(
    platform: Platform, client: ManagementClient, token: str, name: str = "a"
) -> int:
    realm = f"/v1/tenants/{client.tenant_id}/realms/{client.admin_realm_id}"
    identity = {"display_name": "A", "traits": {"type": "traits_v0", "username": name}}
    body = {"identity": identity}
    return platform.call("POST", f"{realm}/identities", json=body, token=token).status


@pytest.mark.parametrize("scope", LATER)
def test_the_client_of_an_earlier_tenant_gets_tokens_with_the_new_scopes(
    platform: Platform, earlier: ManagementClient, scope: str
) -> None:
    assert ask_for(platform, earlier, scope) == 400

    add_lacking_scopes(platform.deployment, earlier.tenant_id)
    platform.clock.advance(CACHE_S)

    assert ask_for(platform, earlier, scope) == 200


def test_in_the_admin_realm_every_scope_means_the_new_ones_too(
    platform: Platform, earlier: ManagementClient
) -> None:
    old = platform.management_token(EARLIER, client=earlier)
    add_lacking_scopes(platform.deployment, earlier.tenant_id)
    platform.clock.advance(CACHE_S)

    assert make_administrator(platform, earlier, old) == 403

    new = platform.management_token(client=earlier)
    assert make_administrator(platform, earlier, new) == 200


def test_a_run_that_broke_off_takes_nothing_from_the_client(
    platform: Platform, earlier: ManagementClient
) -> None:
    """The application has the new scopes, the resource server does not offer them yet."""
    add_lacking_scopes(platform.deployment, earlier.tenant_id)
    make_earlier(platform.deployment.directory, earlier, application=False)
    platform.clock.advance(CACHE_S)

    for name, scopes in (("a", EARLIER), ("b", None)):
        token = platform.management_token(scopes, client=earlier)
        assert make_administrator(platform, earlier, token, name) == 200
