"""Client assertions: `private_key_jwt` (RFC 7521 §4.2, RFC 7523 §3, OpenID Connect Core §9).

`aud` is the issuer and nothing else, as one string: an assertion that names an endpoint could have
been made for another server that announced that endpoint as its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.oauth.errors import InvalidClient
from keybound.oauth.ports_keys import ClientKeys, ForeignSignatures, UsedAssertions

LONGEST_S = 300
CLOCK_SKEW_S = 30
MAX_CHARACTERS = 8192
MAX_JTI = 255
# A JWT of another kind must not pass for an assertion (RFC 8725 §3.11).
_TYPES = ("jwt", "client-authentication+jwt")


@dataclass(frozen=True)
class ClientAssertions:
    """Judges assertions. Everything that can be judged without keys comes first, so that nonsense
    causes no fetch; the id is spent last, so that only a good assertion spends one."""

    keys: ClientKeys
    signatures: ForeignSignatures
    used: UsedAssertions
    clock: Clock

    def check(self, application: Application, issuer: str, assertion: str) -> None:
        """Return if the application signed the assertion for this issuer, for the first time.

        Raises InvalidClient, Unavailable.
        """
        try:
            claims = self._judged(application, issuer, assertion)
        except ValueError as error:
            raise InvalidClient(detail=f"client assertion: {error}") from error
        now = self.clock()
        jti, expires_at = str(claims["jti"]), int(claims["exp"])
        if not self.used.use_assertion(application.id, jti, expires_at=expires_at, now=now):
            raise InvalidClient(detail="client assertion: used before")

    def _judged(self, application: Application, issuer: str, assertion: str) -> Mapping[str, Any]:
        if len(assertion) > MAX_CHARACTERS:
            raise ValueError("too long")
        unverified = self.signatures.read(assertion)
        header, claims = unverified.header, unverified.claims
        typ = header.get("typ", "JWT")
        if not isinstance(typ, str) or typ.lower() not in _TYPES:
            raise ValueError("another kind of token")
        _check_claims(claims, application.client_id, issuer, self.clock())
        kid = header.get("kid", "")
        if not isinstance(kid, str):
            raise ValueError("kid is no string")
        for jwk in self.keys.find(application, kid):
            if self._signed(assertion, jwk):
                return claims
        raise ValueError("signed by no key of the client")

    def _signed(self, assertion: str, jwk: Mapping[str, Any]) -> bool:
        try:
            self.signatures.verify(assertion, jwk)
        except ValueError:
            return False
        return True


def unverified_client_id(signatures: ForeignSignatures, assertion: str) -> str:
    """Return whose assertion this claims to be, to look that client up. Raises ValueError."""
    if len(assertion) > MAX_CHARACTERS:
        raise ValueError("too long")
    subject = signatures.read(assertion).claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise ValueError("no subject")
    return subject


def is_id(jti: object) -> bool:
    """Whether `jti` is a text that can be remembered: 1 to 255 readable characters."""
    return isinstance(jti, str) and 0 < len(jti) <= MAX_JTI and jti.isprintable()


def _check_claims(claims: Mapping[str, Any], client_id: str, issuer: str, now: int) -> None:
    """RFC 7523 §3, with the bounds that make a used id worth remembering."""
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise ValueError("iss and sub are not the client's id")
    if claims.get("aud") != issuer:
        raise ValueError("aud is not the issuer")
    jti = claims.get("jti")
    if not is_id(jti):
        raise ValueError("jti is missing, too long or unreadable")
    expires = numeric_date(claims, "exp")
    if expires is None or now >= expires:
        raise ValueError("expired, or without exp")
    if expires > now + LONGEST_S + CLOCK_SKEW_S:
        raise ValueError("lives too long")
    for name in ("nbf", "iat"):
        at = numeric_date(claims, name)
        if at is not None and at > now + CLOCK_SKEW_S:
            raise ValueError(f"{name} is in the future")


def numeric_date(claims: Mapping[str, Any], name: str) -> int | None:
    """Return a NumericDate, whole or not (RFC 7519 §2); None when there is none. Raises ValueError
    for what is no time."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**53:
        raise ValueError(f"{name} is no time")
    return int(value)
