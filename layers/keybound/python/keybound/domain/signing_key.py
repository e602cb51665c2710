"""Signing keys as the table knows them: public halves, and which KMS key signs."""

from collections.abc import Mapping
from dataclasses import dataclass

PREVIOUS = "previous"
CURRENT = "current"
NEXT = "next"


@dataclass(frozen=True)
class SigningKey:
    """A published key. kid: RFC 7638 thumbprint. jwk: public members only. alg: RS256 or ES256.

    status: `current` signs; `previous` and `next` are only published.
    """

    kid: str
    alg: str
    status: str
    kms_key_id: str
    jwk: Mapping[str, str]
    create_time: int = 0
