"""Credential public keys: COSE_Key maps of the three algorithms that are offered.

RFC 9052 §7, RFC 9053 §7.1–7.2, RFC 8230 §4; WebAuthn L3 §5.8.5 (curve fixed per algorithm, points
uncompressed) and §6.5.1.1 (`alg` present, no optional members).
"""

from collections.abc import Callable
from typing import Any

from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_cbor,
)

from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.untrusted import refused_as

ES256, EDDSA, RS256 = -7, -8, -257
SUPPORTED_ALGORITHMS = (ES256, EDDSA, RS256)

KTY, ALG = 1, 3
OKP, EC2, RSA = 1, 2, 3
P_256, ED25519 = 1, 6
SMALLEST_MODULUS, LARGEST_MODULUS = 2048, 4096  # bits

Check = Callable[[object], bool]


def check_public_key(cose_key: bytes) -> int:
    """Return the COSE algorithm of a usable key. Raises CeremonyRefused.

    Steps: `algorithm` when it was not offered (§7.1 step 20), `public_key` when the key is damaged,
    of another type or curve than its algorithm wants, or no point of its curve.
    """
    with refused_as("public_key"):
        key: dict[Any, Any] = parse_cbor(cose_key)
        algorithm = key.get(ALG)
        if type(algorithm) is not int or algorithm not in SUPPORTED_ALGORITHMS:
            raise CeremonyRefused("algorithm", detail="not among those offered")
        if not _has_shape(key, _SHAPES[algorithm]):
            raise CeremonyRefused("public_key", detail="members do not fit the algorithm")
        decoded_public_key_to_cryptography(decode_credential_public_key(cose_key))
    return algorithm


def _has_shape(key: dict[Any, Any], shape: dict[int, Check]) -> bool:
    return key.keys() == shape.keys() and all(fits(key[name]) for name, fits in shape.items())


def _number(expected: int) -> Check:
    return lambda value: type(value) is int and value == expected


def _octets(length: int) -> Check:
    return lambda value: isinstance(value, bytes) and len(value) == length


def _modulus(value: object) -> bool:
    if not isinstance(value, bytes):
        return False
    return SMALLEST_MODULUS <= int.from_bytes(value, "big").bit_length() <= LARGEST_MODULUS


def _exponent(value: object) -> bool:
    return isinstance(value, bytes) and 1 <= len(value) <= 4


_SHAPES: dict[int, dict[int, Check]] = {
    ES256: {
        KTY: _number(EC2),
        ALG: _number(ES256),
        -1: _number(P_256),
        -2: _octets(32),
        -3: _octets(32),
    },
    EDDSA: {KTY: _number(OKP), ALG: _number(EDDSA), -1: _number(ED25519), -2: _octets(32)},
    RS256: {KTY: _number(RSA), ALG: _number(RS256), -1: _modulus, -2: _exponent},
}
