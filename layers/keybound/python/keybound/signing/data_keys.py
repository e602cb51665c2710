"""Unwraps sealing keys with KMS and keeps them in memory.

A room can unwrap only its own purposes: the key policy and its role demand the encryption context
`purpose`, and so does the ciphertext itself.
"""

from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from keybound.domain.clock import Clock
from keybound.domain.errors import Unavailable
from keybound.domain.sealing_key import WrappedKey

REREAD_AFTER_S = 300
_UNKNOWN_KID_PAUSE_S = 5


class WrappedKeys(Protocol):
    """Where wrapped keys are stored."""

    def of(self, purpose: str) -> list[WrappedKey]:
        """Return every version of a purpose's key."""


class DataKeys:
    """The versions of one purpose's key, unwrapped once per process and version."""

    def __init__(
        self,
        purpose: str,
        wrapped: WrappedKeys,
        kms: Callable[[], Any],
        kms_key_id: str,
        clock: Clock,
    ) -> None:
        self.purpose = purpose
        self._wrapped = wrapped
        self._kms = kms
        self._kms_key_id = kms_key_id
        self._clock = clock
        self._versions: list[WrappedKey] = []
        self._plain: dict[str, bytes] = {}
        self._read_at = 0

    def current(self) -> tuple[str, bytes]:
        """Return (kid, 32 bytes) of the newest active version. Raises Unavailable."""
        now = self._clock()
        if not self._versions or now - self._read_at >= REREAD_AFTER_S:
            self._read(now)
        active = [key for key in self._versions if key.active_from <= now]
        if not active:
            raise Unavailable(detail=f"no active sealing key for {self.purpose}")
        newest = max(active, key=lambda key: (key.active_from, key.kid))
        return newest.kid, self._unwrap(newest)

    def by_kid(self, kid: str) -> bytes | None:
        """Return a version's 32 bytes, or None if there is no such version. Raises Unavailable."""
        now = self._clock()
        known = self._find(kid)
        if known is None and now - self._read_at >= _UNKNOWN_KID_PAUSE_S:
            self._read(now)
            known = self._find(kid)
        return self._unwrap(known) if known is not None else None

    def _find(self, kid: str) -> WrappedKey | None:
        return next((key for key in self._versions if key.kid == kid), None)

    def _read(self, now: int) -> None:
        self._versions = self._wrapped.of(self.purpose)
        self._read_at = now

    def _unwrap(self, key: WrappedKey) -> bytes:
        if key.kid not in self._plain:
            self._plain[key.kid] = unwrap(self._kms(), self._kms_key_id, key)
        return self._plain[key.kid]


def unwrap(kms: Any, kms_key_id: str, key: WrappedKey) -> bytes:
    """Decrypt one wrapped key (KMS Decrypt with encryption context). Raises Unavailable."""
    try:
        answer = kms.decrypt(
            KeyId=kms_key_id,
            CiphertextBlob=key.wrapped,
            EncryptionContext={"purpose": key.purpose},
        )
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(detail=f"kms decrypt {type(error).__name__}") from error
    plain: bytes = answer["Plaintext"]
    return plain
