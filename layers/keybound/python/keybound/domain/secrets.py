"""Secrets are 256-bit or longer and stored only as their hash."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from keybound.domain.encoding import b64url

Randomness = Callable[[int], bytes]
"""Returns that many unpredictable bytes."""

system_randomness: Randomness = secrets.token_bytes


def hash_secret(secret: str) -> str:
    """Return the stored form of a secret: unpadded base64url of SHA-256 (43 characters).

    A plain hash is enough because every secret it is used for carries at least 256 random bits.
    """
    return b64url(hashlib.sha256(secret.encode("utf-8")).digest())


def secret_matches(secret: str, stored_hash: str) -> bool:
    """Compare in constant time; any text may come in."""
    return hmac.compare_digest(hash_secret(secret).encode(), stored_hash.encode())


def new_secret(randomness: Randomness, size: int = 32) -> str:
    """Return `size` random bytes as unpadded base64url."""
    return b64url(randomness(size))
