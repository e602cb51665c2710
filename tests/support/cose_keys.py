"""Key pairs whose public half is a COSE_Key, as authenticators make them (RFC 9053)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ES256, EDDSA, RS256 = -7, -8, -257


@dataclass(frozen=True)
class CoseKey:
    """public: COSE_Key bytes. sign: message → signature in the form WebAuthn wants (§6.5.5)."""

    algorithm: int
    public: bytes
    sign: Callable[[bytes], bytes]


def new_key(algorithm: int) -> CoseKey:
    """Make a key pair for ES256, EdDSA or RS256."""
    return _MAKERS[algorithm]()


def _es256() -> CoseKey:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    public = cbor2.dumps({1: 2, 3: ES256, -1: 1, -2: x, -3: y})
    return CoseKey(ES256, public, partial(private.sign, signature_algorithm=ec.ECDSA(SHA256())))


def _eddsa() -> CoseKey:
    private = ed25519.Ed25519PrivateKey.generate()
    public = cbor2.dumps({1: 1, 3: EDDSA, -1: 6, -2: private.public_key().public_bytes_raw()})
    return CoseKey(EDDSA, public, private.sign)


def _rs256() -> CoseKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    n = private.public_key().public_numbers().n.to_bytes(256, "big")
    public = cbor2.dumps({1: 3, 3: RS256, -1: n, -2: b"\x01\x00\x01"})
    sign = partial(private.sign, padding=padding.PKCS1v15(), algorithm=SHA256())
    return CoseKey(RS256, public, sign)


_MAKERS: dict[int, Callable[[], CoseKey]] = {ES256: _es256, EDDSA: _eddsa, RS256: _rs256}
