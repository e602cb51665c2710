"""Compact JWS and JWKs, against vectors of RFC 7515, RFC 7518 and RFC 7638."""

import json

import pytest
from keybound.domain.encoding import b64url
from keybound.signing.jose import MalformedJws, ecdsa_der_to_jose, signing_input, split
from keybound.signing.jwks import load_public, public_jwk, thumbprint


def token(header: bytes, payload: bytes = b"{}", signature: bytes = b"s") -> str:
    return f"{b64url(header)}.{b64url(payload)}.{b64url(signature)}"


def test_split_undoes_signing_input() -> None:
    signed = signing_input({"alg": "RS256"}, {"name": "\u00c4da", "n": 1})
    header, payload, again, signature = split(f"{signed}.{b64url(b's')}")
    assert (header, payload) == ({"alg": "RS256"}, {"name": "\u00c4da", "n": 1})
    assert (again, signature) == (signed, b"s")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a.b",
        "a.b.c.d",
        token(b"[]"),
        token(b"1"),
        token(b"{}", b"[]"),
        token(b'{"a":1,"a":2}'),
        token(b"{}", b'{"sub":"a","sub":"b"}'),
        token(b'{"crit":["x"]}'),
        token(b'{"crit":null}'),
        token(b"\xff\xfe"),
        token(b"[" * 5000),
        token(b"{}") + "=",
        token(b"{}") + "\n",
        " " + token(b"{}"),
        token(b"{}").replace("e", "\u0435"),
        token(b"{}", b'"' + b"x" * 20000 + b'"'),
        "eyJh.eyJh.!!",
    ],
    ids=range(19),
)
def test_what_is_no_compact_jws_is_malformed(text: str) -> None:
    """RFC 7515 §5.2, §4.1.11, §10.12."""
    with pytest.raises(MalformedJws):
        split(text)


def test_a_signature_has_one_spelling() -> None:
    """Trailing bits of base64url must be zero: else one token had several texts."""
    good = token(b"{}", b"{}", b"\x00")
    assert good.endswith(".AA")
    with pytest.raises(MalformedJws):
        split(good[:-1] + "B")


def test_ecdsa_signatures_have_a_fixed_width() -> None:
    """RFC 7518 §3.4: small numbers are padded."""
    der = bytes.fromhex("3006020101020102")
    assert ecdsa_der_to_jose(der) == bytes(31) + b"\x01" + bytes(31) + b"\x02"


def test_the_thumbprint_of_rfc_7638_section_3_1() -> None:
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ"
        "ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW"
        "2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQ"
        "Fh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert public_jwk(load_public(jwk)) == {"kty": "RSA", "n": n, "e": "AQAB"}


def test_the_ec_key_of_rfc_7517_appendix_a_1_survives_a_round_trip() -> None:
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }
    assert public_jwk(load_public(jwk)) == jwk
    assert json.dumps(jwk)


def test_other_kinds_of_key_sign_nothing_here() -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with pytest.raises(TypeError):
        public_jwk(generate_private_key(SECP384R1()).public_key())
    with pytest.raises((TypeError, AttributeError)):
        public_jwk(Ed25519PrivateKey.generate().public_key())
