"""Refresh tokens (RFC 6749 §6, RFC 9700 §4.14): their form, and how one that fails is judged.

A refresh token is `<sealed locator>.<secret>`. The locator also holds generation, scope and
resources, so that a request for more than was granted is refused before anything is written. The
secret is derived from what is stored, so that a lost answer can be given again.
"""

import hmac
import json
from dataclasses import dataclass
from enum import Enum, auto

from keybound.domain.application import LONGEST_REFRESH_S, Application
from keybound.domain.ids import IdentityId
from keybound.domain.login import Login, LoginLocator, RefreshFamily
from keybound.domain.secrets import Randomness, hash_secret, new_secret, secret_matches
from keybound.oauth.ports import Seal
from keybound.oauth.ports_refresh import (
    RefreshToken,
    Rotated,
    Rotation,
    SecretDeriver,
    Successor,
)
from keybound.oauth.referential import is_referential

GRACE_S = 10
GRACE_AFTER_FAILURE_S = 3600
_MAX_TOKEN_CHARACTERS = 8192  # it holds the scope, which fitted into an authorization request


@dataclass(frozen=True)
class RefreshTokens:
    """Makes refresh tokens. Raises Unavailable when a key cannot be had.

    longest_s: seconds after a login when the last token that follows from it ends.
    """

    seal: Seal
    deriver: SecretDeriver
    randomness: Randomness
    longest_s: int = LONGEST_REFRESH_S

    def first(
        self, application: Application, locator: LoginLocator, now: int, jkt: str = ""
    ) -> RefreshFamily:
        """Return a new family, whose token `first_token` says once the scope is known.

        jkt: the key that was proved; a public client's family is bound to it (RFC 9449 §5).
        """
        nonce, kid = new_secret(self.randomness, 16), self.deriver.current_kid()
        return RefreshFamily(
            generation=1,
            refresh_hash=hash_secret(self._secret(locator, 1, nonce, kid)),
            nonce=nonce,
            derive_kid=kid,
            token_expires_at=now + application.refresh_token_expires_after,
            expires_at=now + self.longest_s,
            jkt=jkt if application.is_public else "",
        )

    def first_token(
        self,
        family: RefreshFamily,
        locator: LoginLocator,
        scope: str,
        issuer: str,
        resource: tuple[str, ...] = (),
    ) -> str:
        """Return the token of a family that was just made."""
        sealed = self._sealed(locator, family.generation, scope, issuer, resource)
        return self._said(locator, family, sealed)

    def successor(
        self, shown: RefreshToken, issuer: str, application: Application, now: int
    ) -> Successor:
        """Return what may replace the token that was shown."""
        nonce, kid = new_secret(self.randomness, 16), self.deriver.current_kid()
        generation = shown.generation + 1
        return Successor(
            refresh_hash=hash_secret(self._secret(shown.locator, generation, nonce, kid)),
            nonce=nonce,
            derive_kid=kid,
            sealed=self._sealed(shown.locator, generation, shown.scope, issuer, shown.resource),
            expires_at=now + application.refresh_token_expires_after,
        )

    def current(self, locator: LoginLocator, family: RefreshFamily) -> str:
        """Say the current token of a family that was rotated at least once, in the same words."""
        return self._said(locator, family, family.sealed)

    def _said(self, locator: LoginLocator, family: RefreshFamily, sealed: str) -> str:
        secret = self._secret(locator, family.generation, family.nonce, family.derive_kid)
        return f"{sealed}.{secret}"

    def _secret(self, locator: LoginLocator, generation: int, nonce: str, kid: str) -> str:
        return self.deriver.derive(f"REFRESH#{locator.challenge_hash}", generation, nonce, kid)

    def _sealed(
        self,
        locator: LoginLocator,
        generation: int,
        scope: str,
        issuer: str,
        resource: tuple[str, ...],
    ) -> str:
        content = [
            locator.challenge_hash,
            locator.identity_id,
            locator.credential_hash,
            generation,
            scope,
            *resource,
        ]
        return self.seal.seal(json.dumps(content, separators=(",", ":")).encode(), _data(issuer))


def looks_like_refresh_token(token: str) -> bool:
    """Whether a token has two parts and no prefix; a signed access token has three parts
    (RFC 7515 §3.1), and an opaque one its prefix."""
    return token.count(".") == 1 and not is_referential(token)


def open_refresh_token(seal: Seal, token: str, issuer: str) -> RefreshToken:
    """Return what a refresh token says. Raises ValueError for anything else, Unavailable."""
    sealed, dot, secret = token.partition(".")
    if not dot or not secret or not token.isascii() or len(token) > _MAX_TOKEN_CHARACTERS:
        raise ValueError("not a refresh token")
    challenge_hash, identity_id, credential_hash, generation, scope, *resource = json.loads(
        seal.open(sealed, _data(issuer))
    )
    locator = LoginLocator(challenge_hash, IdentityId(identity_id), credential_hash)
    return RefreshToken(locator, generation, scope, secret, tuple(resource))


class Verdict(Enum):
    """What a refresh request turned out to be."""

    ROTATED = auto()
    REPEATED = auto()
    OTHER_PARAMETERS = auto()
    REPLAYED = auto()
    REFUSED = auto()


def judge(rotated: Rotated, rotation: Rotation) -> Verdict:
    """Tell a rotation, a repeat within the grace, a replay and a mere failure apart.

    Only REPLAYED calls for a write. A wrong secret, another client, an expired family and a
    generation that was never handed out change nothing.
    """
    login, family = rotated.login, rotated.login.family if rotated.login else None
    if rotated.applied:
        return Verdict.ROTATED
    if login is None or family is None or not _is_open(login, family, rotation):
        return Verdict.REFUSED
    behind = family.generation - rotation.shown.generation
    if behind <= 0:
        return Verdict.REFUSED
    if behind > 1:
        return Verdict.REPLAYED
    if not secret_matches(rotation.shown.secret, family.previous_hash):
        return Verdict.REFUSED
    if rotation.now >= family.grace_until:
        return Verdict.REPLAYED
    if not hmac.compare_digest(rotation.params_hash, family.params_hash):
        return Verdict.OTHER_PARAMETERS
    return Verdict.REPEATED


def _is_open(login: Login, family: RefreshFamily, rotation: Rotation) -> bool:
    return (
        login.revoked_at == 0
        and login.client_id == rotation.client_id
        and family.jkt in ("", rotation.jkt)
        and rotation.now < min(family.token_expires_at, family.expires_at)
    )


def _data(issuer: str) -> str:
    return f"locator|refresh|{issuer}"
