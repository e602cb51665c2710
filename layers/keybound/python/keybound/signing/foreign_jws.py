"""JWS that clients signed: their assertions and DPoP proofs (RFC 7515, RFC 7518 §3.1, RFC 8725).

The key decides which algorithms are possible; the header chooses among those. Keys come from the
client's registration or, for a proof, from its own header, and are judged the same way.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from keybound.oauth.ports_keys import Unverified
from keybound.signing.jose import split
from keybound.signing.jwks import load_public, thumbprint

RSA_ALGORITHMS = ("RS256", "PS256")
EC_ALGORITHMS = ("ES256",)
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096
MAX_EXPONENT_BITS = 32
MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_MEMBER = 1024

PublicKey = RSAPublicKey | EllipticCurvePublicKey


def public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key. Raises ValueError, with a text that may be shown, for what is no RSA key of
    2048 to 4096 bits and no key on P-256, and for anything with private members."""
    if not _PRIVATE.isdisjoint(jwk):
        raise ValueError("has private or symmetric members")
    names = MEMBERS.get(jwk["kty"]) if isinstance(jwk.get("kty"), str) else None
    if names is None:
        raise ValueError("kty must be RSA or EC")
    if not all(isinstance(jwk.get(n), str) and len(jwk[n]) <= _MAX_MEMBER for n in names):
        raise ValueError(f"needs the members {', '.join(names)}")
    if jwk["kty"] == "EC" and (jwk["crv"] != "P-256" or len(jwk["x"]) + len(jwk["y"]) != 86):
        raise ValueError("crv must be P-256, x and y 32 bytes each")
    try:
        key = load_public(jwk)
    except (ValueError, OverflowError, UnsupportedAlgorithm) as error:
        raise ValueError("is no public key") from error
    if isinstance(key, RSAPublicKey):
        _check_size(key)
    return key


def _check_size(key: RSAPublicKey) -> None:
    """A long exponent would make every verification slow."""
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise ValueError(f"RSA keys need {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
    if key.public_numbers().e.bit_length() > MAX_EXPONENT_BITS:
        raise ValueError(f"e has more than {MAX_EXPONENT_BITS} bits")


def algorithms(key: PublicKey) -> tuple[str, ...]:
    """Return the algorithms that a key may sign with."""
    return RSA_ALGORITHMS if isinstance(key, RSAPublicKey) else EC_ALGORITHMS


def may_sign(jwk: Mapping[str, Any], alg: object) -> bool:
    """Whether the key's own `use`, `key_ops` and `alg` allow it (RFC 7517 §4.2 to §4.4)."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and jwk.get("alg", alg) == alg
    )


class ForeignJws:
    """Satisfies `keybound.oauth.ports_keys.ForeignSignatures`."""

    def read(self, token: str) -> Unverified:
        header, claims, _, _ = split(token)
        return Unverified(header, claims)

    def thumbprint(self, jwk: Mapping[str, Any]) -> str:
        public_key(jwk)
        return thumbprint(jwk)

    def verify(self, token: str, jwk: Mapping[str, Any]) -> None:
        header, _, signed, signature = split(token)
        alg, key = header.get("alg"), public_key(jwk)
        if alg not in algorithms(key) or not may_sign(jwk, alg):
            raise ValueError("the key does not sign with this algorithm")
        try:
            _CHECKS[alg](key, signature, signed.encode("ascii"))
        except InvalidSignature as error:
            raise ValueError("signature does not match") from error


def _rs256(key: Any, signature: bytes, signed: bytes) -> None:
    key.verify(signature, signed, PKCS1v15(), SHA256())


def _ps256(key: Any, signature: bytes, signed: bytes) -> None:
    """The salt is as long as the hash (RFC 7518 §3.5)."""
    key.verify(signature, signed, PSS(MGF1(SHA256()), SHA256.digest_size), SHA256())


def _es256(key: Any, signature: bytes, signed: bytes) -> None:
    if len(signature) != 64:
        raise ValueError("signature of the wrong length")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))


_CHECKS: dict[str, Callable[[Any, bytes, bytes], None]] = {
    "RS256": _rs256,
    "PS256": _ps256,
    "ES256": _es256,
}
