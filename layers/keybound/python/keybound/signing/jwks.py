"""JSON Web Keys: public halves only (RFC 7517), named by their thumbprint (RFC 7638)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.signing_key import SigningKey

_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


def public_jwk(key: Any) -> dict[str, str]:
    """Return the required public members of a P-256 or RSA key. Raises TypeError for others."""
    numbers = key.public_numbers()
    if isinstance(key, RSAPublicKey):
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return {"kty": "EC", "crv": "P-256", "x": b64url(x), "y": b64url(y)}
    raise TypeError("only P-256 and RSA keys sign tokens")


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return base64url SHA-256 over the required members in lexicographic order (RFC 7638 §3)."""
    members = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return b64url(hashlib.sha256(text.encode()).digest())


def key_set(keys: Iterable[SigningKey]) -> dict[str, Any]:
    """Return the JWK Set that is published: kid, use and alg beside the public members."""
    return {"keys": [{**k.jwk, "kid": k.kid, "use": "sig", "alg": k.alg} for k in keys]}


def load_public(jwk: Mapping[str, str]) -> RSAPublicKey | EllipticCurvePublicKey:
    """Return the key object of a stored public JWK."""
    if jwk["kty"] == "RSA":
        return RSAPublicNumbers(_integer(jwk["e"]), _integer(jwk["n"])).public_key()
    x, y = _integer(jwk["x"]), _integer(jwk["y"])
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


def _number(value: int) -> str:
    return b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _integer(text: str) -> int:
    return int.from_bytes(from_b64url(text), "big")
