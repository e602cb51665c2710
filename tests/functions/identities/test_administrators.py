"""People as callers of the management API: their tokens end with their standing."""

from collections.abc import Iterator

import pytest
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


def test_an_administrator_who_is_deleted_is_out_at_once(administrator: SignIn) -> None:
    token = token_of(administrator)
    i = administrator.identity
    administrator.platform.deployment.directory.delete(keys.identity(i.tenant_id, i.realm_id, i.id))
    assert status(administrator, token) == 401


def test_a_subject_that_is_no_id_names_nobody_here(administrator: SignIn) -> None:
    """A username may be given to somebody else: no decision about rights rests on one."""
    administrator.change_application(subject_field="username")
    assert status(administrator, token_of(administrator)) == 401
