"""What a sign-in by one-time password may be followed by: one passkey for that identity.

Sealed, under the issuer's own name, so that it opens at one endpoint only; ten minutes long; used
up with the job that it makes.
"""

import json
from dataclasses import dataclass

from keybound.domain.ids import IdentityId, RealmId, TenantId
from keybound.domain.login import LoginLocator
from keybound.oauth.errors import InvalidToken
from keybound.oauth.ports import LiveLogin, LoginReader, Seal
from keybound.oauth.standing import stands

LIFETIME_S = 600
_MAX_CHARACTERS = 1024


@dataclass(frozen=True)
class OpenedBindingToken:
    """challenge_hash: names the login that it came from. expires_at: epoch seconds."""

    challenge_hash: str
    identity_id: IdentityId
    expires_at: int


@dataclass(frozen=True)
class PasskeyBindingTokens:
    """Issues and opens them."""

    seal: Seal

    def issue(self, issuer: str, challenge_hash: str, identity_id: IdentityId, now: int) -> str:
        content = [challenge_hash, identity_id, now + LIFETIME_S]
        return self.seal.seal(json.dumps(content, separators=(",", ":")).encode(), _data(issuer))

    def open(self, token: str, issuer: str, now: int) -> OpenedBindingToken:
        """Return what it says. Raises InvalidToken for anything else, and past its time."""
        try:
            if not token.isascii() or len(token) > _MAX_CHARACTERS:
                raise ValueError("not a passkey binding token")
            content = json.loads(self.seal.open(token, _data(issuer)))
        except ValueError as error:
            raise InvalidToken(detail=str(error)) from error
        opened = OpenedBindingToken(content[0], IdentityId(content[1]), content[2])
        if now >= opened.expires_at:
            raise InvalidToken(detail="expired")
        return opened


def standing_login(
    logins: LoginReader, t: TenantId, r: RealmId, opened: OpenedBindingToken
) -> LiveLogin:
    """Return the token's login with its identity. Raises InvalidToken unless it stands."""
    live = logins.read(t, r, LoginLocator(opened.challenge_hash, opened.identity_id, ""))
    if not stands(live.login, live.identity, live.credential):
        raise InvalidToken(detail="its login does not stand")
    return live


def _data(issuer: str) -> str:
    return f"otp|passkey-binding|{issuer}"
