"""T68: one rule says who may sign in, and every grant and use goes through it.

The last test finds every entrance in the sources and fails for one that forgets the rule.
"""

import itertools
from dataclasses import replace

import pytest
from keybound.domain.credential import REVOKED
from keybound.domain.identity import SUSPENDED, Identity
from keybound.oauth.standing import may_sign_in, stands

from tests.support.directory_samples import hex_id, new_credential, new_identity, new_job
from tests.support.login_samples import new_login
from tests.support.sources import PACKAGE

IDENTITY: Identity = new_identity()
PASSKEY = new_credential(new_job(IDENTITY))
LOGIN = new_login(identity_id=IDENTITY.id, credential_id=PASSKEY.id)

IDENTITIES = {
    "active": IDENTITY,
    "suspended": replace(IDENTITY, status=SUSPENDED),
    "suspended since": replace(IDENTITY, session_epoch=1),
    "of no known status": replace(IDENTITY, status=""),
    "gone": None,
}
PASSKEYS = {
    "active": PASSKEY,
    "revoked": replace(PASSKEY, state=REVOKED),
    "of no known state": replace(PASSKEY, state="PENDING"),
    "another's": replace(PASSKEY, identity_id=hex_id()),
    "gone": None,
}
LOGINS = {
    "good": LOGIN,
    "revoked": replace(LOGIN, revoked_at=1),
    "of another identity": replace(LOGIN, identity_id=hex_id()),
    "of another passkey": replace(LOGIN, credential_id=hex_id()),
    "gone": None,
}
ALL = list(itertools.product(LOGINS, IDENTITIES, PASSKEYS))


@pytest.mark.parametrize(("login", "identity", "passkey"), ALL)
def test_a_login_stands_only_when_everything_behind_it_does(
    login: str, identity: str, passkey: str
) -> None:
    good = (login, identity, passkey) == ("good", "active", "active")
    assert stands(LOGINS[login], IDENTITIES[identity], PASSKEYS[passkey]) is good


@pytest.mark.parametrize(("identity", "passkey"), list(itertools.product(IDENTITIES, PASSKEYS)))
def test_a_person_may_sign_in_only_with_an_active_passkey_of_their_own(
    identity: str, passkey: str
) -> None:
    good = identity in ("active", "suspended since") and passkey == "active"
    assert may_sign_in(IDENTITIES[identity], PASSKEYS[passkey]) is good


# Every module that reads who stands behind a login, and the rule it must apply.
ENTRANCES = {
    "assertion.py": "may_sign_in(",
    "fresh_sign_in.py": "stands(",
    "grants/authorization_code.py": "stands(",
    "grants/refresh_token.py": "stands(",
    "introspection_endpoint.py": "stands(",
    "passkey_binding_token.py": "stands(",
    "userinfo_endpoint.py": "stands(",
}
# A grant without a person behind it.
WITHOUT_PERSON = {"grants/client_credentials.py"}
# Ports, what hands its reading on, and the endpoint that only ends tokens.
NEED_NO_STANDING = {"ports.py", "authenticate_endpoint.py", "revocation_endpoint.py"}
READS = ("PasskeyReader", "LoginReader", "access_tokens: AccessTokens")


def test_every_grant_and_every_reader_applies_the_rule() -> None:
    folder = PACKAGE / "oauth"
    texts = {str(p.relative_to(folder)): p.read_text("utf-8") for p in folder.rglob("*.py")}
    readers = {
        name
        for name, text in texts.items()
        if name not in NEED_NO_STANDING and any(port in text for port in READS)
    }
    grants = {name for name in texts if name.startswith("grants/") and "__init__" not in name}
    assert (readers | grants) - WITHOUT_PERSON == set(ENTRANCES)
    for name, rule in ENTRANCES.items():
        assert rule in texts[name], f"{name} forgets {rule}"
