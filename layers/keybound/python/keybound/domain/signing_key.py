"""Signing keys as the table knows them: public halves, and what makes a signature with each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PREVIOUS = "previous"
CURRENT = "current"
NEXT = "next"


@dataclass(frozen=True)
class SigningKey:
    """A published key. kid: RFC 7638 thumbprint. jwk: public members only. alg: RS256 or ES256.

    status: `current` signs; `previous` and `next` are only published. Times are epoch seconds:
    create_time, when it was first published; current_from, since when it signs; previous_from,
    when it stopped. wrapped: the private half as KMS ciphertext if the key is a data key pair, and
    then kms_key_id names what wrapped it; None if the KMS key kms_key_id itself signs.
    """

    kid: str
    alg: str
    status: str
    kms_key_id: str
    jwk: Mapping[str, str]
    create_time: int = 0
    current_from: int = 0
    previous_from: int = 0
    wrapped: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class KeyRing:
    """Every published key of one algorithm, under the revision at which they were read.

    retired: ids of keys that were taken away, the latest last; they are never published again.
    """

    alg: str
    revision: int = 0
    keys: tuple[SigningKey, ...] = ()
    retired: tuple[str, ...] = ()

    @property
    def current(self) -> SigningKey | None:
        """The key that signs."""
        return next((key for key in self.keys if key.status == CURRENT), None)

    @property
    def next(self) -> SigningKey | None:
        """The key that is published ahead."""
        return next((key for key in self.keys if key.status == NEXT), None)

    @property
    def previous(self) -> tuple[SigningKey, ...]:
        """Keys whose tokens may still be valid."""
        return tuple(key for key in self.keys if key.status == PREVIOUS)
