"""Seals small things that travel through strangers, and derives secrets that can be said again.

Encryption is AES-256-GCM-SIV (RFC 8452): random 96-bit nonces stay safe far beyond the number of
things one key ever seals. The wire form is unpadded base64url of
`version(1) ‖ kid(4) ‖ nonce(12) ‖ ciphertext and tag`.
"""

import hmac
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.secrets import Randomness

_VERSION = b"\x01"
_HEAD = 1 + 4 + 12


class SealBroken(ValueError):
    """What came back was not sealed here, for this use, or was changed."""


class Keys(Protocol):
    """Versions of one purpose's key (`keybound.signing.data_keys.DataKeys`)."""

    def current(self) -> tuple[str, bytes]:
        """Return the kid and the 32 bytes that seal."""

    def by_kid(self, kid: str) -> bytes | None:
        """Return the 32 bytes of a version, or None."""


class Sealer:
    """Seals and opens under one purpose; associated data binds each thing to its use."""

    def __init__(self, keys: Keys, randomness: Randomness) -> None:
        self._keys = keys
        self._randomness = randomness

    def seal(self, plain: bytes, associated_data: str) -> str:
        """Return the sealed form. Raises Unavailable when no key can be had."""
        kid, key = self._keys.current()
        nonce = self._randomness(12)
        sealed = AESGCMSIV(_subkey(key, "seal")).encrypt(nonce, plain, associated_data.encode())
        return b64url(_VERSION + bytes.fromhex(kid) + nonce + sealed)

    def open(self, sealed: str, associated_data: str) -> bytes:
        """Return what was sealed. Raises SealBroken or Unavailable."""
        try:
            data = from_b64url(sealed)
        except ValueError as error:
            raise SealBroken("not base64url") from error
        if len(data) < _HEAD + 16 or data[:1] != _VERSION:
            raise SealBroken("not a sealed value")
        key = self._keys.by_kid(data[1:5].hex())
        if key is None:
            raise SealBroken("unknown key")
        try:
            return AESGCMSIV(_subkey(key, "seal")).decrypt(
                data[5:_HEAD], data[_HEAD:], associated_data.encode()
            )
        except InvalidTag as error:
            raise SealBroken("changed or for another use") from error


class Authenticator:
    """HMAC-SHA256 under one purpose, on a subkey of its own (HS256 of RFC 7518 §3.2)."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def current_kid(self) -> str:
        """Return the kid to announce before signing."""
        return self._keys.current()[0]

    def sign(self, message: bytes, kid: str) -> bytes:
        """Return the 32-byte tag. Raises SealBroken for an unknown kid."""
        key = self._keys.by_kid(kid)
        if key is None:
            raise SealBroken("unknown key")
        return hmac.digest(_subkey(key, "mac"), message, "sha256")

    def verify(self, message: bytes, tag: bytes, kid: str) -> None:
        """Raises SealBroken unless `tag` is this message's."""
        if not hmac.compare_digest(self.sign(message, kid), tag):
            raise SealBroken("signature does not match")


class Deriver:
    """Derives secrets from an item's id, version and stored nonce, so none need be stored."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def current_kid(self) -> str:
        """Return the kid to store beside the nonce."""
        return self._keys.current()[0]

    def derive(self, item_id: str, version: int, nonce: str, kid: str) -> str:
        """Return 48 bytes as 64 base64url characters. Raises SealBroken for an unknown kid."""
        key = self._keys.by_kid(kid)
        if key is None:
            raise SealBroken("unknown key")
        info = f"{item_id}\x1f{version}\x1f{nonce}".encode()
        return b64url(HKDFExpand(SHA256(), 48, b"derive" + info).derive(key))


@lru_cache(maxsize=64)
def _subkey(key: bytes, use: str) -> bytes:
    """HKDF-Expand of a 32-byte uniform key (RFC 5869 §3.3): one subkey per use."""
    return HKDFExpand(SHA256(), 32, b"keybound " + use.encode()).derive(key)
