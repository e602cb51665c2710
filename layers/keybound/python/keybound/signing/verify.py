"""Verifies our own tokens (RFC 7515, RFC 8725): the key decides the algorithm, never the header.

Signing keys are shared by all issuers of a deployment, so whoever calls this compares `iss`.
"""

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from keybound.domain.signing_key import SigningKey
from keybound.signing.jose import MalformedJws, split
from keybound.signing.jwks import load_public


class NotOurs(ValueError):
    """The token was not signed by a published key, in the right way."""


class TokenVerifier:
    """Checks signature, algorithm and `typ`; claims are returned for the caller to judge."""

    def __init__(self, published: Callable[[], tuple[SigningKey, ...]]) -> None:
        self._published = published

    def verify(self, token: str, *, typ: str) -> dict[str, Any]:
        """Return the claims. Raises NotOurs; Unavailable when the keys cannot be read."""
        try:
            header, claims, signed, signature = split(token)
        except MalformedJws as error:
            raise NotOurs(str(error)) from error
        key = next((k for k in self._published() if k.kid == header.get("kid")), None)
        if key is None or header.get("alg") != key.alg:
            raise NotOurs("no such key, or another algorithm")
        found = header.get("typ")
        if not isinstance(found, str) or found.lower() != typ:
            raise NotOurs("another kind of token")
        _verify_signature(key, signed.encode("ascii"), signature)
        return claims


def _verify_signature(key: SigningKey, signed: bytes, signature: bytes) -> None:
    public = load_public(key.jwk)
    try:
        if isinstance(public, EllipticCurvePublicKey):
            if len(signature) != 64:
                raise NotOurs("signature of the wrong length")
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            public.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
        else:
            public.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise NotOurs("signature does not match") from error
