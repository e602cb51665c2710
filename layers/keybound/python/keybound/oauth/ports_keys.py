"""What judging signatures of clients needs from outside. Each port says what happens the second
time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keybound.domain.application import Application
from keybound.domain.ids import ApplicationId

Jwk = Mapping[str, Any]


@dataclass(frozen=True)
class Unverified:
    """A JWS that was only taken apart: nothing in it may be believed yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class ForeignSignatures(Protocol):
    """JWS that others signed (RFC 7515). Symmetric algorithms and `none` do not exist here."""

    def read(self, token: str) -> Unverified:
        """Take a compact JWS apart. Raises ValueError for anything else."""

    def verify(self, token: str, jwk: Jwk) -> None:
        """Raises ValueError unless the key signed the token, with the algorithm of the token's
        header, and that is one of the key's."""

    def thumbprint(self, jwk: Jwk) -> str:
        """Return the RFC 7638 thumbprint. Raises ValueError for what is no public key that may
        sign here: private members, symmetric, too short, another curve."""


class ClientKeys(Protocol):
    """The public keys that applications sign their assertions with."""

    def find(self, application: Application, kid: str) -> Sequence[Jwk]:
        """Return the keys that may have this `kid`; every key when it is empty. Empty when there
        are none, or when the set behind `jwks_uri` cannot be read."""


class UsedAssertions(Protocol):
    """Spends assertion ids."""

    def use_assertion(self, a: ApplicationId, jti: str, *, expires_at: int, now: int) -> bool:
        """Of any number of callers with the same application and id exactly one gets True, until
        `expires_at` has passed. Raises Unavailable."""


class UsedProofs(Protocol):
    """Spends ids of DPoP proofs."""

    def use_proof(self, jkt: str, jti: str, *, expires_at: int, now: int) -> bool:
        """Of any number of callers with the same key and id exactly one gets True, until
        `expires_at` has passed. Raises Unavailable."""
