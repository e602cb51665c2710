"""Another RP ID leaves passkeys behind: refused until that is confirmed."""

from collections.abc import Iterator
from typing import Any

import pytest
from keybound.domain.ids import RealmId, TenantId
from keybound.storage import keys

from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import make_config
from tests.support.platform import Answer, Platform

_numbers: Iterator[int] = iter(range(1000))


def passkey(
    platform: Platform, rp_id: str, *, state: str = "ACTIVE", realm_id: RealmId | None = None
) -> keys.Key:
    """Put the attributes of a credential that this check reads."""
    tenant_id: TenantId = platform.tenant_id
    realm_id = realm_id or platform.realm_id
    number = next(_numbers)
    key = keys.credential(tenant_id, realm_id, f"hash-{number}")
    item = {
        **key._asdict(),
        "relying_party_id": rp_id,
        "state": state,
        "lpk": keys.list_partition(tenant_id, realm_id, "credentials"),
        "lsk": keys.list_sort(number, "0" * 16),
    }
    platform.deployment.directory.put(item)
    return key


def change_rp_id(platform: Platform, config_id: str, rp_id: str, **sent: Any) -> Answer:
    inside, token = sent.pop("inside", {}), sent.pop("token", "")
    content = {"config": {"relying_party_id": rp_id, **inside}, **sent}
    path = f"{platform.realm_path}/authenticator-configs/{config_id}"
    token = token or platform.management_token()
    return platform.call("PATCH", path, json={"authenticator_config": content}, token=token)


@pytest.fixture
def config_id(platform: Platform) -> str:
    return make_config(platform)


def rp_id_now(platform: Platform, config_id: str) -> str:
    answer = platform.manage("GET", f"/authenticator-configs/{config_id}")
    found: str = answer.json()["config"]["relying_party_id"]
    return found


@pytest.fixture
def config_with_parent_domain(platform: Platform) -> str:
    return make_config(
        platform, invoke_url="https://app.shop.example", trusted_origins=["https://shop.example"]
    )


def only_app_origin() -> dict[str, Any]:
    return {"expected_origins": ["https://app.shop.example"]}


@pytest.mark.parametrize("beside", [True, False])
def test_an_rp_id_with_passkeys_changes_only_after_confirmation(
    platform: Platform, config_with_parent_domain: str, beside: bool
) -> None:
    config_id = config_with_parent_domain
    key = passkey(platform, "shop.example")
    refused = change_rp_id(platform, config_id, "app.shop.example", inside=only_app_origin())
    assert refused.status == 409
    assert "confirm_orphans_credentials" in refused.json()["message"]
    assert rp_id_now(platform, config_id) == "shop.example"
    no = {"confirm_orphans_credentials": False}
    yes = {"confirm_orphans_credentials": True}
    inside = only_app_origin()
    again = change_rp_id(platform, config_id, "app.shop.example", inside=inside, **no)
    assert again.status == 409
    if beside:
        done = change_rp_id(platform, config_id, "app.shop.example", inside=inside, **yes)
    else:
        done = change_rp_id(platform, config_id, "app.shop.example", inside=inside | yes)
    assert done.status == 200
    assert done.json()["config"]["relying_party_id"] == "app.shop.example"
    assert "confirm_orphans_credentials" not in done.text
    platform.deployment.directory.delete(key)


def test_the_same_rp_id_needs_no_confirmation(platform: Platform, config_id: str) -> None:
    key = passkey(platform, rp_id_now(platform, config_id))
    answer = change_rp_id(platform, config_id, rp_id_now(platform, config_id), display_name="New")
    assert answer.status == 200
    platform.deployment.directory.delete(key)


def test_passkeys_elsewhere_or_revoked_ones_do_not_matter(
    platform: Platform, config_with_parent_domain: str
) -> None:
    other_realm = platform.create_realm(platform.management).id
    made = [
        passkey(platform, "shop.example", state="REVOKED"),
        passkey(platform, "shop.example", realm_id=other_realm),
        passkey(platform, "other.example"),
    ]
    answer = change_rp_id(
        platform, config_with_parent_domain, "app.shop.example", inside=only_app_origin()
    )
    assert answer.status == 200, answer.text
    for key in made:
        platform.deployment.directory.delete(key)


@pytest.mark.parametrize("operation", ["BatchGetItem", "UpdateItem"])
def test_when_nobody_can_tell_the_answer_is_503_and_nothing_changed(
    platform: Platform, config_with_parent_domain: str, operation: str
) -> None:
    key, token = passkey(platform, "unrelated.example"), platform.management_token()
    with fail_aws_call(operation, "before") as failed:
        answer = change_rp_id(
            platform,
            config_with_parent_domain,
            "app.shop.example",
            inside=only_app_origin(),
            token=token,
        )
    assert failed
    assert answer.status == 503
    assert rp_id_now(platform, config_with_parent_domain) == "shop.example"
    platform.deployment.directory.delete(key)
