"""What bootstrap hands out works in the rooms: the administrator's link, and a new secret."""

from base64 import b64encode

from tests.support.platform import Platform
from tests.support.software_authenticator import SoftwareAuthenticator
from tools.cli.admin_binding import Invocation
from tools.cli.first_admin import create_first_admin, find_first_admin, new_admin_link
from tools.cli.management_client import ManagementClient
from tools.cli.tenants import renew_client_secret

CONSOLE = "http://localhost:9321"


def bind(platform: Platform, link: str) -> int:
    """Follow a link and bind a passkey by it; return the status that ended it."""
    followed = platform.call("GET", link, headers={"accept": "application/json"})
    if followed.status != 200:
        return followed.status
    job, token = link.partition(":invokeAuthenticator")[0], followed.json()["token"]
    headers = {"origin": CONSOLE}
    begun = platform.call("POST", f"{job}:beginBinding", headers=headers, token=token, json={})
    passkey = SoftwareAuthenticator(origin=CONSOLE).create(begun.json()["public_key"])
    answer = {"binding_session": begun.json()["binding_session"], "credential": passkey}
    done = platform.call(
        "POST", f"{job}:completeBinding", headers=headers, token=token, json=answer
    )
    return done.status


def ask_for_token(platform: Platform, client: ManagementClient) -> int:
    pair = b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    return platform.call(
        "POST",
        client.token_endpoint,
        headers={"authorization": f"Basic {pair}"},
        form={"grant_type": "client_credentials"},
    ).status


def test_the_administrator_binds_a_passkey_by_the_link(platform: Platform) -> None:
    deployment, client = platform.deployment, platform.second_tenant()
    admin = create_first_admin(deployment, client, "admin", Invocation(CONSOLE))
    assert admin.link is not None

    assert bind(platform, admin.link) == 200

    assert bind(platform, admin.link) == 410
    known = find_first_admin(deployment, client)
    assert known is not None and (known.passkeys, known.link) == (1, None)


def test_a_new_link_works_and_the_one_before_it_no_longer_does(platform: Platform) -> None:
    deployment, client = platform.deployment, platform.second_tenant()
    first = create_first_admin(deployment, client, "admin", Invocation(CONSOLE))
    second = new_admin_link(deployment, client.tenant_id)
    assert first.link is not None and second.link is not None

    assert bind(platform, first.link) == 410
    assert bind(platform, second.link) == 200


def test_a_new_secret_opens_the_token_endpoint_and_the_old_one_does_not(
    platform: Platform,
) -> None:
    client = platform.second_tenant()
    assert ask_for_token(platform, client) == 200

    renewed = renew_client_secret(platform.deployment, client.tenant_id)

    assert ask_for_token(platform, renewed) == 200
    assert ask_for_token(platform, client) == 401
