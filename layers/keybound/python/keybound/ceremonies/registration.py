"""Registering a passkey: options for the browser, and the checks of WebAuthn L3 §7.1.

docs/webauthn.md lists every step of §7.1 with the place of its check or the reason for none. The
`webauthn` library verifies the whole response once more after our own checks, attestation
signatures included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webauthn import verify_registration_response
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.registration.verify_registration_response import (
    VerifiedRegistration as LibraryVerdict,
)

from keybound.ceremonies.attestation_statement import (
    check_attestation_statement,
    read_attestation_object,
)
from keybound.ceremonies.authenticator_data import (
    AttestedCredential,
    AuthenticatorData,
    Flags,
    check_authenticator_data,
    read_authenticator_data,
)
from keybound.ceremonies.client_data import CREATE, check_client_data
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.public_key import SUPPORTED_ALGORITHMS, check_public_key
from keybound.ceremonies.relying_party import RelyingParty
from keybound.ceremonies.response_form import (
    LONGEST_USER_HANDLE,
    RegistrationForm,
    read_registration_form,
    registration_as_json,
)
from keybound.ceremonies.untrusted import refused_as
from keybound.domain.encoding import b64url

SHORTEST_CHALLENGE = 16  # bytes, WebAuthn L3 §13.4.3


@dataclass(frozen=True)
class PasskeyDescriptor:
    """Names a passkey that exists (PublicKeyCredentialDescriptor, §5.8.3)."""

    credential_id: bytes
    transports: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerifiedRegistration:
    """What a relying party stores of a new passkey (§4, credential record).

    public_key: COSE_Key bytes. algorithm: its COSE number. aaguid: UUID text. transports,
    attachment, discoverable (credProps.rk): what the client reports, unverified.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backup_state: bool
    user_verified: bool
    transports: tuple[str, ...]
    attestation_format: str
    algorithm: int
    attachment: str | None
    discoverable: bool | None


def creation_options(
    *,
    relying_party: RelyingParty,
    user_id: bytes,
    user_name: str,
    user_display_name: str,
    challenge: bytes,
    exclude_credentials: Sequence[PasskeyDescriptor],
    timeout_ms: int = 300_000,
) -> dict[str, Any]:
    """Return PublicKeyCredentialCreationOptionsJSON for a discoverable, user-verifying passkey.

    user_id: opaque, 1–64 bytes, nothing personal (§14.6.1). challenge: ≥ 16 random bytes.
    Raises ValueError when our own caller breaks these.
    """
    if not 1 <= len(user_id) <= LONGEST_USER_HANDLE:
        raise ValueError("user_id must have 1 to 64 bytes")
    if len(challenge) < SHORTEST_CHALLENGE:
        raise ValueError("challenge must have 16 bytes or more")
    return {
        "rp": {"id": relying_party.id, "name": relying_party.name},
        "user": {"id": b64url(user_id), "name": user_name, "displayName": user_display_name},
        "challenge": b64url(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in SUPPORTED_ALGORITHMS],
        "timeout": timeout_ms,
        "excludeCredentials": [_descriptor(passkey) for passkey in exclude_credentials],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": {"credProps": True},
    }


def verify_registration(
    *, response: object, expected_challenge: bytes, relying_party: RelyingParty
) -> VerifiedRegistration:
    """Verify a decoded RegistrationResponseJSON (§7.1 steps 3–25).

    Raises CeremonyRefused for everything else than a good response, however damaged it is. Whether
    the credential is new, and storing it, is the caller's part (steps 26–28).
    """
    form = read_registration_form(response)
    check_client_data(
        form.client_data_json,
        ceremony=CREATE,
        expected_challenge=expected_challenge,
        relying_party=relying_party,
    )
    attestation = read_attestation_object(form.attestation_object)
    data = read_authenticator_data(attestation.authenticator_data)
    check_authenticator_data(data, relying_party)
    credential = _attested_credential(data, form)
    algorithm = check_public_key(credential.public_key)
    check_attestation_statement(attestation, aaguid=credential.aaguid)
    verdict = _library_verdict(form, expected_challenge, relying_party)
    if (verdict.credential_id, verdict.credential_public_key, verdict.sign_count) != (
        credential.credential_id,
        credential.public_key,
        data.sign_count,
    ):
        raise CeremonyRefused("attested_credential", detail="two readers see different data")
    return VerifiedRegistration(
        credential_id=credential.credential_id,
        public_key=credential.public_key,
        sign_count=data.sign_count,
        aaguid=verdict.aaguid,
        backup_eligible=data.has(Flags.BE),
        backup_state=data.has(Flags.BS),
        user_verified=data.has(Flags.UV),
        transports=form.transports,
        attestation_format=attestation.format,
        algorithm=algorithm,
        attachment=form.attachment,
        discoverable=form.discoverable,
    )


def _attested_credential(data: AuthenticatorData, form: RegistrationForm) -> AttestedCredential:
    """Return the attested credential, whose id must be the one the response is about.

    Its length is bounded with that of rawId: 1 to 1023 bytes (§7.1 step 25).
    """
    if data.attested is None:
        raise CeremonyRefused("attested_credential", detail="AT is not set")
    if data.attested.credential_id != form.credential_id:
        raise CeremonyRefused("credential_id", detail="rawId is not the attested id")
    return data.attested


def _library_verdict(
    form: RegistrationForm, expected_challenge: bytes, relying_party: RelyingParty
) -> LibraryVerdict:
    with refused_as("attestation_signature"):
        return verify_registration_response(
            credential=registration_as_json(form),
            expected_challenge=expected_challenge,
            expected_rp_id=relying_party.id,
            expected_origin=list(relying_party.expected_origins),
            require_user_presence=True,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(alg) for alg in SUPPORTED_ALGORITHMS],
        )


def _descriptor(passkey: PasskeyDescriptor) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"type": "public-key", "id": b64url(passkey.credential_id)}
    if passkey.transports:
        descriptor["transports"] = list(passkey.transports)
    return descriptor
