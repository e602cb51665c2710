"""Codes and the locators inside codes, access tokens and ID tokens.

A code is `<sealed locator>.<256-bit secret>`. The locator says which login, identity and passkey
to read; the secret's hash is what is stored. Associated data names type and issuer, so a code can
never pass for an access token's locator, nor under another application.
"""

import json

from keybound.domain.ids import IdentityId
from keybound.domain.login import LoginLocator
from keybound.domain.secrets import Randomness, hash_secret, new_secret
from keybound.oauth.ports import Seal

CODE = "code"
ACCESS = "access"
IDENTIFIED = "id"
_MAX_CODE_CHARACTERS = 1024


def seal_locator(seal: Seal, locator: LoginLocator, *, kind: str, issuer: str) -> str:
    """Return the sealed locator for a `kind` of thing under an issuer."""
    content = [locator.challenge_hash, locator.identity_id, locator.credential_hash]
    return seal.seal(json.dumps(content, separators=(",", ":")).encode(), _data(kind, issuer))


def open_locator(seal: Seal, sealed: str, *, kind: str, issuer: str) -> LoginLocator:
    """Return the locator. Raises ValueError for anything else, Unavailable."""
    challenge_hash, identity_id, credential_hash = json.loads(
        seal.open(sealed, _data(kind, issuer))
    )
    return LoginLocator(challenge_hash, IdentityId(identity_id), credential_hash)


def new_code(
    seal: Seal, randomness: Randomness, locator: LoginLocator, issuer: str
) -> tuple[str, str]:
    """Return a code and the hash that is stored for it."""
    secret = new_secret(randomness)
    code = f"{seal_locator(seal, locator, kind=CODE, issuer=issuer)}.{secret}"
    return code, hash_secret(secret)


def open_code(seal: Seal, code: str, issuer: str) -> tuple[LoginLocator, str]:
    """Return a code's locator and the hash of its secret. Raises ValueError, Unavailable."""
    sealed, dot, secret = code.partition(".")
    if not dot or not code.isascii() or len(code) > _MAX_CODE_CHARACTERS:
        raise ValueError("not a code")
    return open_locator(seal, sealed, kind=CODE, issuer=issuer), hash_secret(secret)


def _data(kind: str, issuer: str) -> str:
    return f"locator|{kind}|{issuer}"
