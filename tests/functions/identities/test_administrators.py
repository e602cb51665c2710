"""People as callers of the management API: their tokens end with their standing."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from keybound.domain.encoding import from_b64url
from keybound.storage import keys

from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in


@pytest.fixture
def administrator(platform: Platform) -> Iterator[SignIn]:
    """A person of the admin realm, and an application there that grants management scopes."""
    customers, platform.realm_id = platform.realm_id, platform.management.admin_realm_id
    person = new_sign_in(
        platform,
        allowed_scopes=("identities:read",),
        resource_server_id=platform.management.resource_server_id,
    )
    platform.realm_id = customers
    yield person


def status(administrator: SignIn, token: str) -> int:
    platform = administrator.platform
    return platform.call("GET", f"{platform.realm_path}/identities", token=token).status


def token_of(administrator: SignIn) -> str:
    token: str = administrator.tokens(scope="openid identities:read")["access_token"]
    return token


def test_an_administrator_who_is_suspended_is_out_at_once(administrator: SignIn) -> None:
    """T68: suspension holds at every door. The token itself would go on for an hour."""
    token = token_of(administrator)
    assert status(administrator, token) == 200
    administrator.change_identity(status="suspended")
    assert status(administrator, token) == 401


def test_a_suspension_that_was_lifted_brings_no_token_back(administrator: SignIn) -> None:
    before = token_of(administrator)
    platform, i = administrator.platform, administrator.identity
    path = f"/v1/tenants/{i.tenant_id}/realms/{i.realm_id}/identities/{i.id}"
    for state in ("suspended", "active"):
        assert platform.manage("PATCH", path, {"identity": {"status": state}}).status == 200
    assert status(administrator, before) == 401
    assert status(administrator, token_of(administrator)) == 200


def test_an_administrators_token_ends_with_the_passkey_that_brought_it(
    administrator: SignIn,
) -> None:
    """Revoking takes it off the identity's list, which is read for every call anyway."""
    token = token_of(administrator)
    other = replace(administrator.identity.passkeys[0], id="f" * 16)  # type: ignore[arg-type]
    administrator.change_identity(passkeys=(other,))
    assert status(administrator, token) == 401


@pytest.mark.parametrize("claim", ["session_epoch", "credential_id"])
def test_a_persons_token_that_does_not_tell_of_its_sign_in_is_refused(
    administrator: SignIn, claim: str
) -> None:
    platform = administrator.platform
    content = json.loads(from_b64url(token_of(administrator).split(".")[1]))
    assert status(administrator, platform.sign(content)) == 200
    del content[claim]
    assert status(administrator, platform.sign(content)) == 401


def test_an_administrator_who_is_deleted_is_out_at_once(administrator: SignIn) -> None:
    token = token_of(administrator)
    i = administrator.identity
    administrator.platform.deployment.directory.delete(keys.identity(i.tenant_id, i.realm_id, i.id))
    assert status(administrator, token) == 401


def test_a_subject_that_is_no_id_names_nobody_here(administrator: SignIn) -> None:
    """A username may be given to somebody else: no decision about rights rests on one."""
    administrator.change_application(subject_field="username")
    assert status(administrator, token_of(administrator)) == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/identities", "identities:create"),
        ("PATCH", "/identities/{identity}", "identities:update"),
        (
            "POST",
            "/identities/{identity}/credential-binding-jobs",
            "credential-binding-jobs:create",
        ),
        ("POST", "/authenticator-configs", "authenticator-configs:create"),
        ("PATCH", "/authenticator-configs/{config}", "authenticator-configs:update"),
    ],
)
def test_a_lesser_token_cannot_make_itself_an_administrator(
    administrator: SignIn, method: str, path: str, scope: str
) -> None:
    """Who makes people, links or configs of the admin realm could sign in as one of them."""
    platform = administrator.platform
    realm = f"/v1/tenants/{platform.tenant_id}/realms/{platform.management.admin_realm_id}"
    target = path.format(identity=administrator.identity.id, config=administrator.config.id)
    lesser = platform.management_token([scope])
    refused = platform.call(method, realm + target, json={}, token=lesser)
    assert refused.status == 403, refused.text
    assert "every management scope" in refused.json()["message"]
    full = platform.call(method, realm + target, json={}, token=platform.management_token())
    assert full.status == 400, "a full administrator gets as far as the body"
    elsewhere = platform.call(method, platform.realm_path + target, json={}, token=lesser)
    assert elsewhere.status in (400, 404), "in other realms the scope is enough"
