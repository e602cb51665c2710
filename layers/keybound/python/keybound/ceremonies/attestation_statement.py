"""Attestation objects: which formats are read, and what the library leaves unchecked in them.

Creation options ask for attestation `none`, so clients answer with format `none`, or keep a
`packed` statement that identifies nobody (WebAuthn L3 §5.1.3). Both are read; every other format is
refused, since nothing would be gained from parsing it. No roots are configured: a certificate chain
earns no trust, its statement must only be what §8.2 says.
"""

from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier
from webauthn.helpers import parse_cbor

from keybound.ceremonies.cbor_form import end_of_item
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.untrusted import refused_as

OBJECT_FORM = "attestation_object"
STATEMENT = "attestation_statement"
NONE, PACKED = "none", "packed"
MOST_CERTIFICATES = 8
ID_FIDO_GEN_CE_AAGUID = ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
AAGUID_OCTET_STRING = b"\x04\x10"  # the extension's value is a DER OCTET STRING of 16 bytes


@dataclass(frozen=True)
class AttestationObject:
    """The three members of an attestation object (§6.5.4); authenticator data still as bytes."""

    format: str
    statement: dict[Any, Any]
    authenticator_data: bytes


def read_attestation_object(data: bytes) -> AttestationObject:
    """Decode an attestation object with exactly its three members. Raises CeremonyRefused."""
    if end_of_item(data, 0) != len(data):
        raise CeremonyRefused(OBJECT_FORM, detail="bytes left over")
    with refused_as(OBJECT_FORM):
        value = parse_cbor(data)
    if not isinstance(value, dict) or value.keys() != {"fmt", "attStmt", "authData"}:
        raise CeremonyRefused(OBJECT_FORM, detail="not a map of fmt, attStmt and authData")
    format_, statement, authenticator_data = value["fmt"], value["attStmt"], value["authData"]
    if not (
        isinstance(format_, str)
        and isinstance(statement, dict)
        and isinstance(authenticator_data, bytes)
    ):
        raise CeremonyRefused(OBJECT_FORM, detail="a member has the wrong type")
    return AttestationObject(format_, statement, authenticator_data)


def check_attestation_statement(attestation: AttestationObject, *, aaguid: bytes) -> None:
    """Check format and shape of the statement (§7.1 steps 21, 22; §8.2, §8.7).

    Signatures are the library's part. Raises CeremonyRefused.
    """
    statement = attestation.statement
    if attestation.format == NONE:
        if statement:
            raise CeremonyRefused(STATEMENT, detail="format none with a statement")
    elif attestation.format == PACKED:
        _check_packed_members(statement)
        if "x5c" in statement:
            with refused_as(STATEMENT):
                _check_packed_certificate(statement["x5c"][0], aaguid)
    else:
        raise CeremonyRefused("attestation_format", detail="neither none nor packed")


def _check_packed_members(statement: dict[Any, Any]) -> None:
    if not ({"alg", "sig"} <= statement.keys() <= {"alg", "sig", "x5c"}):
        raise CeremonyRefused(STATEMENT, detail="packed with other members than alg, sig, x5c")
    if type(statement["alg"]) is not int or not isinstance(statement["sig"], bytes):
        raise CeremonyRefused(STATEMENT, detail="packed with members of the wrong type")
    chain = statement.get("x5c", [b""])
    if not (isinstance(chain, list) and 1 <= len(chain) <= MOST_CERTIFICATES):
        raise CeremonyRefused(STATEMENT, detail="x5c is not a short list")
    if not all(isinstance(certificate, bytes) for certificate in chain):
        raise CeremonyRefused(STATEMENT, detail="x5c holds something else than bytes")


def _check_packed_certificate(der: bytes, aaguid: bytes) -> None:
    """Check the certificate requirements of §8.2.1."""
    certificate = x509.load_der_x509_certificate(der)
    subject = certificate.subject
    country = subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    units = [a.value for a in subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    fits = (
        certificate.version is x509.Version.v3
        and len(country) == 1
        and bool(subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
        and units == ["Authenticator Attestation"]
        and bool(subject.get_attributes_for_oid(NameOID.COMMON_NAME))
        and not constraints.ca
        and _names_no_other_model(certificate, aaguid)
    )
    if not fits:
        raise CeremonyRefused(STATEMENT, detail="the attestation certificate breaks §8.2.1")


def _names_no_other_model(certificate: x509.Certificate, aaguid: bytes) -> bool:
    for extension in certificate.extensions:
        if extension.oid == ID_FIDO_GEN_CE_AAGUID:
            value = extension.value
            return (
                not extension.critical
                and isinstance(value, x509.UnrecognizedExtension)
                and value.value == AAGUID_OCTET_STRING + aaguid
            )
    return True
