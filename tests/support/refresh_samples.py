"""Families and rotations for tests below the rooms."""

import os
from dataclasses import replace
from typing import Any

from keybound.domain.encoding import b64url
from keybound.domain.login import Login, RefreshFamily
from keybound.domain.secrets import hash_secret
from keybound.oauth.ports_refresh import RefreshToken, Rotation, Successor

from tests.support.directory_samples import NOW
from tests.support.login_samples import TTL, locator_of

DAY_S = 24 * 3600


def secret_of(generation: int) -> str:
    """Secrets of these samples are known by their generation."""
    return f"secret {generation}"


def first_family(**changes: Any) -> RefreshFamily:
    family = RefreshFamily(
        generation=1,
        refresh_hash=hash_secret(secret_of(1)),
        nonce="nonce 1",
        derive_kid="00000001",
        token_expires_at=NOW + DAY_S,
        expires_at=NOW + 2 * DAY_S,
    )
    return replace(family, **changes)


def rotation_of(login: Login, generation: int = 1, **changes: Any) -> Rotation:
    """Return a good rotation of that generation's token, with an attempt id of its own."""
    next_one = generation + 1
    rotation = Rotation(
        shown=RefreshToken(locator_of(login), generation, login.scope, secret_of(generation)),
        client_id=login.client_id,
        params_hash="params",
        successor=Successor(
            refresh_hash=hash_secret(secret_of(next_one)),
            nonce=f"nonce {next_one}",
            derive_kid="00000001",
            sealed=f"sealed {next_one}",
            expires_at=NOW + DAY_S,
        ),
        rotation_id=b64url(os.urandom(16)),
        now=NOW,
        ttl=TTL,
    )
    return replace(rotation, **changes)


def with_secret(rotation: Rotation, secret: str) -> Rotation:
    """Return the rotation as somebody would ask for it who shows another secret."""
    return replace(rotation, shown=replace(rotation.shown, secret=secret))
