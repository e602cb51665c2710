"""COSE_Key to JWK: RFC 9052 §7, RFC 7518 §6, RFC 8037 §2, RFC 7638."""

import cbor2
import pytest
from keybound.domain.cose_key import jwk_thumbprint, public_jwk
from keybound.domain.encoding import b64url, from_b64url

# RFC 7638 §3.1
RSA_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
    "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
    "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
    "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
# RFC 8037 Appendix A.2, A.3
ED25519_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def test_an_rsa_key_has_the_thumbprint_of_the_rfc() -> None:
    jwk = public_jwk(cbor2.dumps({1: 3, 3: -257, -1: from_b64url(RSA_N), -2: b"\x01\x00\x01"}))
    assert jwk == {"kty": "RSA", "n": RSA_N, "e": "AQAB"}
    assert jwk_thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_an_ed25519_key_has_the_thumbprint_of_the_rfc() -> None:
    jwk = public_jwk(cbor2.dumps({1: 1, 3: -8, -1: 6, -2: from_b64url(ED25519_X)}))
    assert jwk == {"kty": "OKP", "crv": "Ed25519", "x": ED25519_X}
    assert jwk_thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_coordinates_keep_their_leading_zeros() -> None:
    """RFC 7518 §6.2.1.2: the full size of a coordinate."""
    x, y = b"\x00" * 3 + b"\x01" * 29, b"\x00" * 32
    jwk = public_jwk(cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y}))
    assert jwk == {"kty": "EC", "crv": "P-256", "x": b64url(x), "y": b64url(y)}


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xa0",
        b"\x80",
        b"\xbf\x01\x02\xff",
        b"\xa1\x01",
        b"\xa1\x01\x58",
        b"\xa1\x01\x58\xff\x00",
        b"\xa1\x01\xfb" + b"\x00" * 8,
        cbor2.dumps({1: 2, 3: -7, -1: 9, -2: b"x", -3: b"y"}),
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"x"}),
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: "text", -3: b"y"}),
        cbor2.dumps({1: 4, 3: 5, -1: b"secret"}),
    ],
)
def test_damage_is_a_value_error(damaged: bytes) -> None:
    with pytest.raises(ValueError):
        public_jwk(damaged)
