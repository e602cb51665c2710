"""RFC 6749 §5.2, RFC 9700 §4.14: what changes between a code and its exchange decides."""

from collections.abc import Callable

import pytest
from keybound.domain.credential import credential_hash
from keybound.domain.encoding import from_b64url
from keybound.storage import keys

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in


def refused(answer: Answer, error: str = "invalid_grant") -> None:
    check_json(answer, 400, error)


BETWEEN: dict[str, Callable[[SignIn], None]] = {
    "identity suspended": lambda p: p.change_identity(status="suspended"),
    "identity deleted": lambda p: delete(p, identity_key(p)),
    "passkey revoked": lambda p: p.change_passkey(state="REVOKED"),
    "passkey deleted": lambda p: delete(p, passkey_key(p)),
    "passkey became another's": lambda p: p.change_passkey(identity_id="0" * 16),
    "passkey replaced under its id": lambda p: p.change_passkey(id="f" * 16),
    "scope taken away": lambda p: p.change_application(allowed_scopes=()),
}


def delete(person: SignIn, key: keys.Key) -> None:
    person.platform.deployment.directory.delete(key, "attribute_exists(pk)")


def identity_key(person: SignIn) -> keys.Key:
    i = person.identity
    return keys.identity(i.tenant_id, i.realm_id, i.id)


def passkey_key(person: SignIn) -> keys.Key:
    hashed = credential_hash(from_b64url(person.passkey.credential_id))
    return keys.credential(person.passkey.tenant_id, person.passkey.realm_id, hashed)


@pytest.mark.parametrize("change", BETWEEN.values(), ids=BETWEEN)
def test_n75_t33_t68_what_changes_between_code_and_exchange_decides(
    platform: Platform, change: Callable[[SignIn], None]
) -> None:
    person = new_sign_in(platform, allowed_scopes=("orders",))
    code = person.code(scope="openid orders")
    change(person)
    refused(person.redeem(code))


def test_an_application_that_lost_the_grant_redeems_no_code(platform: Platform) -> None:
    person = new_sign_in(platform)
    code = person.code()
    person.change_application(grant_types=("client_credentials",))
    refused(person.redeem(code), "unauthorized_client")


def test_a_deleted_application_redeems_no_code(platform: Platform) -> None:
    person = new_sign_in(platform)
    code, a = person.code(), person.application
    platform.deployment.directory.delete(keys.application(a.tenant_id, a.realm_id, a.id))
    check_json(person.redeem(code), 404, "not_found")
