"""DPoP: proofs that whoever sends a token request or a token holds a key (RFC 9449).

Every proof carries a nonce of ours, so that none can be made ahead (§8, §11.2), and is used once
(§11.1). Nonces are sealed times and need no storage.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keybound.domain.clock import Clock
from keybound.domain.encoding import b64url
from keybound.oauth.client_assertion import is_id, numeric_date
from keybound.oauth.errors import (
    InvalidDpopProof,
    InvalidProofForToken,
    UseDpopNonce,
    UseNonceForToken,
)
from keybound.oauth.ports import Seal
from keybound.oauth.ports_keys import ForeignSignatures, UsedProofs

PROOF_TYPE = "dpop+jwt"
NONCE_LIFETIME_S = 300
IAT_WINDOW_S = 300
MAX_CHARACTERS = 8192
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Presented:
    """What came in the header `DPoP`, and the request it came with. url: from configuration,
    never from a header. access_token: where one is presented beside the proof."""

    proof: str
    method: str
    url: str
    access_token: str = ""


@dataclass(frozen=True)
class Proof:
    """A proof that was found good. jkt: thumbprint of its key (RFC 7638)."""

    jkt: str
    jti: str
    until: int


@dataclass(frozen=True)
class DpopProofs:
    """Judges proofs by the list of §4.3. scope: the deployment whose nonces these are."""

    signatures: ForeignSignatures
    used: UsedProofs
    seal: Seal
    clock: Clock
    scope: str

    def check(self, presented: Presented) -> Proof:
        """Return a proof that is good for this request; nothing is written.

        Raises InvalidDpopProof, UseDpopNonce (with a nonce to use), Unavailable.
        """
        try:
            jkt, claims = self._signed(presented.proof)
            _check_request(claims, presented)
            made_at = self._made_at(claims)
        except ValueError as error:
            raise InvalidDpopProof(detail=str(error)) from error
        self._check_nonce(claims.get("nonce"))
        until = made_at + IAT_WINDOW_S + NONCE_LIFETIME_S
        return Proof(jkt, str(claims["jti"]), until)

    def use(self, proof: Proof) -> None:
        """Spend the proof: of any number of callers exactly one returns. Raises InvalidDpopProof
        to the others, Unavailable."""
        now = self.clock()
        if not self.used.use_proof(proof.jkt, proof.jti, expires_at=proof.until, now=now):
            raise InvalidDpopProof(detail="the proof was used before")

    def check_for_token(self, presented: Presented) -> Proof:
        """The same beside an access token. Raises InvalidProofForToken, UseNonceForToken,
        Unavailable."""
        try:
            return self.check(presented)
        except UseDpopNonce as error:
            raise UseNonceForToken(error.dpop_nonce) from None
        except InvalidDpopProof as error:
            raise InvalidProofForToken(detail=error.detail) from None

    def use_for_token(self, proof: Proof) -> None:
        """The same beside an access token. Raises InvalidProofForToken, Unavailable."""
        try:
            self.use(proof)
        except InvalidDpopProof as error:
            raise InvalidProofForToken(detail=error.detail) from None

    def new_nonce(self) -> str:
        """Return a nonce for the next proof. Raises Unavailable."""
        return self.seal.seal(str(self.clock()).encode(), self._data)

    @property
    def _data(self) -> str:
        return f"locator|dpop-nonce|{self.scope}"

    def _signed(self, proof: str) -> tuple[str, Mapping[str, Any]]:
        """§4.3, steps 2 to 7."""
        if len(proof) > MAX_CHARACTERS:
            raise ValueError("too long")
        unverified = self.signatures.read(proof)
        typ, jwk = unverified.header.get("typ"), unverified.header.get("jwk")
        if not isinstance(typ, str) or typ.lower() != PROOF_TYPE:
            raise ValueError("typ is not dpop+jwt")
        if not isinstance(jwk, dict):
            raise ValueError("no jwk in the header")
        jkt = self.signatures.thumbprint(jwk)
        self.signatures.verify(proof, jwk)
        return jkt, unverified.claims

    def _made_at(self, claims: Mapping[str, Any]) -> int:
        """§4.3, step 11."""
        made_at, now = numeric_date(claims, "iat"), self.clock()
        if made_at is None or not now - IAT_WINDOW_S <= made_at <= now + IAT_WINDOW_S:
            raise ValueError("iat is missing or too far from now")
        return made_at

    def _check_nonce(self, nonce: object) -> None:
        """§4.3, step 10. A nonce that we did not make, or long ago, is no worse than none."""
        if isinstance(nonce, str):
            try:
                made_at = int(self.seal.open(nonce, self._data))
            except ValueError:
                made_at = 0
            if self.clock() - made_at < NONCE_LIFETIME_S:
                return
        raise UseDpopNonce(self.new_nonce())


def access_token_hash(token: str) -> str:
    """Return `ath`: base64url SHA-256 of the token (§4.2)."""
    return b64url(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())


def _check_request(claims: Mapping[str, Any], presented: Presented) -> None:
    """§4.3, steps 3, 8, 9 and 12."""
    if not is_id(claims.get("jti")):
        raise ValueError("jti is missing, too long or unreadable")
    if claims.get("htm") != presented.method:
        raise ValueError("htm is not the method")
    htu = claims.get("htu")
    if not isinstance(htu, str) or _normal(htu) != _normal(presented.url):
        raise ValueError("htu is not the URL")
    if presented.access_token:
        ath = claims.get("ath")
        expected = access_token_hash(presented.access_token)
        if not isinstance(ath, str) or not hmac.compare_digest(ath.encode(), expected.encode()):
            raise ValueError("ath is not the access token's")


def _normal(url: str) -> tuple[str, str, int | None, str]:
    """A URL without query and fragment, scheme and host in lower case (RFC 3986 §6.2.2, §6.2.3)."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if parts.username is not None or parts.password is not None:
        raise ValueError("htu has user information")
    host = (parts.hostname or "").lower()
    return scheme, host, parts.port or _DEFAULT_PORTS.get(scheme), parts.path
