"""Logins, redemptions and passkeys for tests below the rooms."""

import os
from dataclasses import replace
from typing import Any

from keybound.domain.encoding import b64url
from keybound.domain.login import Login, LoginLocator
from keybound.domain.secrets import hash_secret
from keybound.oauth.ports import Redemption

from tests.support.directory_samples import NOW, REALM, hex_id

CODE_SECRET_HASH = hash_secret("code secret")
REDIRECT_URI = "https://app.example.com/callback"
CHALLENGE = "c" * 43
TTL = NOW + 7200


def new_login(**changes: Any) -> Login:
    """Return a login whose code was just made and that is not stored yet."""
    login = Login(
        challenge_hash=b64url(os.urandom(32)),
        tenant_id=REALM.tenant_id,
        realm_id=REALM.realm_id,
        application_id="00000000-0000-4000-8000-000000000000",  # type: ignore[arg-type]
        client_id="client",
        identity_id=hex_id(),
        credential_id=hex_id(),
        credential_hash=b64url(os.urandom(32)),
        redirect_uri=REDIRECT_URI,
        redirect_uri_sent=True,
        scope="openid",
        nonce="n",
        code_challenge=CHALLENGE,
        auth_time=NOW,
        amr=("hwk", "user", "mfa"),
        sid="sid",
        code_hash=CODE_SECRET_HASH,
        code_expires_at=NOW + 60,
        put_id=b64url(os.urandom(16)),
        ttl=NOW + 360,
    )
    return replace(login, **changes)


def locator_of(login: Login) -> LoginLocator:
    return LoginLocator(login.challenge_hash, login.identity_id, login.credential_hash)


def redemption_of(login: Login, **changes: Any) -> Redemption:
    """Return a good redemption of the login's code, with an attempt id of its own."""
    good = Redemption(
        locator=locator_of(login),
        code_hash=login.code_hash,
        client_id=login.client_id,
        redirect_uri=login.redirect_uri if login.redirect_uri_sent else "",
        code_challenge=login.code_challenge,
        burn_id=b64url(os.urandom(16)),
        now=NOW,
    )
    return replace(good, **changes)
