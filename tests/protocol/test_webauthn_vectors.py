"""The test vectors of WebAuthn L3 §16, at the verification functions.

Many of them lack user verification, which Keybound always requires, so that step refuses them: the
verdict is that of our policy, and each refusal names the only step it may come from. That the
copied bytes are the published ones is shown first, by their signatures.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from keybound.ceremonies.authentication import (
    RegisteredPasskey,
    VerifiedAssertion,
    verify_assertion,
)
from keybound.ceremonies.registration import VerifiedRegistration, verify_registration
from keybound.ceremonies.relying_party import RelyingParty

from tests.support.ceremony import refused_step
from tests.support.encoded import b64url

PUBLISHED = json.loads((Path(__file__).parent / "vectors" / "webauthn_l3.json").read_text("utf-8"))
VECTORS: dict[str, dict[str, dict[str, str]]] = PUBLISHED["vectors"]
RELYING_PARTY = RelyingParty(PUBLISHED["relying_party_id"], "Vectors", (PUBLISHED["origin"],))
SIGNING_IN = [name for name, vector in VECTORS.items() if "authentication" in vector]
USER_ID = b"the vectors carry no user handle"

REGISTRATION_VERDICTS = {
    "none-es256": "user_verification",
    "packed-self-es256": "accepted",
    "none-es256-crossOrigin": "cross_origin",
    "none-es256-topOrigin": "cross_origin",
    "packed-es256": "accepted",
    "packed-es512": "algorithm",
    "packed-rs256": "accepted",
    "packed-eddsa": "user_verification",
    "tpm-es256": "attestation_format",
}
ASSERTION_VERDICTS = {
    "none-es256": "user_verification",
    "packed-self-es256": "user_verification",
    "none-es256-crossOrigin": "cross_origin",
    "none-es256-topOrigin": "cross_origin",
    "packed-es256": "accepted",
    "packed-rs256": "user_verification",
    "packed-eddsa": "user_verification",
    "tpm-es256": "accepted",
}


def parts(name: str, ceremony: str) -> dict[str, bytes]:
    return {member: bytes.fromhex(text) for member, text in VECTORS[name][ceremony].items()}


def attested(name: str) -> tuple[bytes, bytes]:
    """Credential id and COSE_Key, cut out by the lengths of §6.5.1 alone."""
    data: bytes = cbor2.loads(parts(name, "registration")["attestationObject"])["authData"]
    end = 55 + int.from_bytes(data[53:55], "big")
    return data[55:end], data[end:]


def response(name: str, ceremony: str) -> dict[str, Any]:
    members = {k: b64url(v) for k, v in parts(name, ceremony).items() if k != "challenge"}
    if ceremony == "authentication":
        members["userHandle"] = b64url(USER_ID)
    credential_id = b64url(attested(name)[0])
    return {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": members}


def register(name: str, challenge: bytes | None = None) -> VerifiedRegistration:
    return verify_registration(
        response=response(name, "registration"),
        expected_challenge=challenge or parts(name, "registration")["challenge"],
        relying_party=RELYING_PARTY,
    )


def sign_in(name: str, challenge: bytes | None = None) -> VerifiedAssertion:
    credential_id, public_key = attested(name)
    eligible = bool(parts(name, "authentication")["authenticatorData"][32] & 0x08)
    return verify_assertion(
        response=response(name, "authentication"),
        expected_challenge=challenge or parts(name, "authentication")["challenge"],
        relying_party=RELYING_PARTY,
        passkey=RegisteredPasskey(credential_id, public_key, 0, eligible, False),
        expected_user_handle=USER_ID,
    )


def check_signature(cose_key: bytes, signature: bytes, message: bytes) -> None:
    """Raise InvalidSignature unless the signature is good; nothing of Keybound takes part."""
    key = cbor2.loads(cose_key)
    if key[1] == 2:
        x, y = int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big")
        point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
        point.public_key().verify(signature, message, ec.ECDSA(SHA256()))
    elif key[1] == 3:
        numbers = rsa.RSAPublicNumbers(
            int.from_bytes(key[-2], "big"), int.from_bytes(key[-1], "big")
        )
        numbers.public_key().verify(signature, message, padding.PKCS1v15(), SHA256())
    else:
        ed25519.Ed25519PublicKey.from_public_bytes(key[-2]).verify(signature, message)


@pytest.mark.parametrize("name", SIGNING_IN)
def test_the_copied_assertion_is_the_published_one(name: str) -> None:
    vector = parts(name, "authentication")
    message = vector["authenticatorData"] + hashlib.sha256(vector["clientDataJSON"]).digest()
    check_signature(attested(name)[1], vector["signature"], message)


@pytest.mark.parametrize("name", [name for name in VECTORS if name.startswith("packed")])
def test_the_copied_attestation_is_the_published_one(name: str) -> None:
    vector = parts(name, "registration")
    attestation = cbor2.loads(vector["attestationObject"])
    message = attestation["authData"] + hashlib.sha256(vector["clientDataJSON"]).digest()
    statement = attestation["attStmt"]
    if "x5c" in statement:
        key = x509.load_der_x509_certificate(statement["x5c"][0]).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(statement["sig"], message, ec.ECDSA(SHA256()))
    else:
        check_signature(attested(name)[1], statement["sig"], message)


def test_every_vector_has_a_verdict() -> None:
    assert REGISTRATION_VERDICTS.keys() == VECTORS.keys()
    assert sorted(ASSERTION_VERDICTS) == sorted(SIGNING_IN)


@pytest.mark.parametrize(("name", "verdict"), REGISTRATION_VERDICTS.items())
def test_registration_vector(name: str, verdict: str) -> None:
    if verdict == "accepted":
        verified = register(name)
        assert (verified.credential_id, verified.public_key) == attested(name)
        assert verified.attestation_format == "packed"
    else:
        assert refused_step(register, name) == verdict


@pytest.mark.parametrize(("name", "verdict"), ASSERTION_VERDICTS.items())
def test_assertion_vector(name: str, verdict: str) -> None:
    if verdict == "accepted":
        assert sign_in(name).user_verified
    else:
        assert refused_step(sign_in, name) == verdict


@pytest.mark.parametrize("name", VECTORS)
def test_n166_under_another_challenge_every_vector_is_refused(name: str) -> None:
    assert refused_step(register, name, b"c" * 32) == "challenge"
    if name in SIGNING_IN:
        assert refused_step(sign_in, name, b"c" * 32) == "challenge"
