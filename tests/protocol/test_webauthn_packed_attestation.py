"""Packed attestation with a certificate: WebAuthn L3 §8.2 and its certificate rules in §8.2.1.

No attestation is asked for and no root is trusted, so such a statement earns nothing (T48: a
chain to an attacker's own root is no better than none). One that comes all the same must be what
the specification says.
"""

import datetime
import hashlib
from dataclasses import dataclass, replace

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from keybound.ceremonies import registration
from webauthn import verify_registration_response

from tests.support.ceremony import Ceremony, judge_registration, refused_step
from tests.support.encoded import b64url, unb64url
from tests.support.software_authenticator import Lies

AAGUID = bytes(range(16))
AAGUID_OID = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
GOOD_SUBJECT = {
    NameOID.COUNTRY_NAME: "SE",
    NameOID.ORGANIZATION_NAME: "Example",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "Authenticator Attestation",
    NameOID.COMMON_NAME: "Example authenticator",
}


@dataclass(frozen=True)
class Certificate:
    """What the attestation certificate says; the defaults keep every rule."""

    without: ObjectIdentifier | None = None
    unit: str = "Authenticator Attestation"
    ca: bool = False
    constraints: bool = True
    model: bytes | None = b"\x04\x10" + AAGUID
    model_critical: bool = False


def der(wanted: Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    subject = {**GOOD_SUBJECT, NameOID.ORGANIZATIONAL_UNIT_NAME: wanted.unit}
    name = x509.Name([x509.NameAttribute(k, v) for k, v in subject.items() if k != wanted.without])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=START,
        not_valid_after=START + datetime.timedelta(days=36500),
    )
    if wanted.constraints:
        builder = builder.add_extension(x509.BasicConstraints(wanted.ca, None), critical=True)
    if wanted.model is not None:
        extension = x509.UnrecognizedExtension(AAGUID_OID, wanted.model)
        builder = builder.add_extension(extension, critical=wanted.model_critical)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def attested_by(wanted: Certificate, *, signed: bool = True) -> dict[str, object]:
    """A registration whose packed statement is signed with the certificate's key."""
    key = ec.generate_private_key(ec.SECP256R1())
    response = Ceremony().registration(Lies(aaguid=AAGUID))
    inner = response["response"]
    data = unb64url(inner["authenticatorData"])
    message = data + hashlib.sha256(unb64url(inner["clientDataJSON"])).digest()
    signature = key.sign(message if signed else b"something else", ec.ECDSA(SHA256()))
    statement = {"alg": -7, "sig": signature, "x5c": [der(wanted, key)]}
    encoded = cbor2.dumps({"fmt": "packed", "attStmt": statement, "authData": data})
    return {**response, "response": {**inner, "attestationObject": b64url(encoded)}}


@pytest.mark.parametrize("model", [None, b"\x04\x10" + AAGUID])
def test_a_statement_that_keeps_the_rules_is_accepted(model: bytes | None) -> None:
    verified = judge_registration(attested_by(replace(Certificate(), model=model)))
    assert verified.attestation_format == "packed"


@pytest.mark.parametrize(
    "broken",
    [
        Certificate(without=NameOID.COUNTRY_NAME),
        Certificate(without=NameOID.ORGANIZATION_NAME),
        Certificate(without=NameOID.ORGANIZATIONAL_UNIT_NAME),
        Certificate(without=NameOID.COMMON_NAME),
        Certificate(unit="authenticator attestation"),
        Certificate(ca=True),
        Certificate(constraints=False),
        Certificate(model=b"\x04\x10" + bytes(16)),
        Certificate(model=AAGUID),
        Certificate(model_critical=True),
    ],
)
def test_a_certificate_that_breaks_a_rule_of_8_2_1_is_refused(broken: Certificate) -> None:
    assert refused_step(judge_registration, attested_by(broken)) == "attestation_statement"


def test_two_readers_must_see_the_same_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours and the library's: a difference between them is how forged data would slip through."""

    def disagreeing(**arguments: object) -> object:
        verdict = verify_registration_response(**arguments)  # type: ignore[arg-type]
        return replace(verdict, credential_public_key=b"another key")

    response = Ceremony().registration()
    assert judge_registration(response)
    monkeypatch.setattr(registration, "verify_registration_response", disagreeing)
    assert refused_step(judge_registration, response) == "attested_credential"


def test_a_statement_signed_by_another_key_is_refused() -> None:
    """N158."""
    forged = attested_by(Certificate(), signed=False)
    assert refused_step(judge_registration, forged) == "attestation_signature"
