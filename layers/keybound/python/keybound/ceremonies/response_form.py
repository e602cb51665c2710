"""The JSON forms of authenticator responses, read member by member under limits.

RegistrationResponseJSON and AuthenticationResponseJSON (WebAuthn L3 §5.1). Unknown members are
tolerated, as the specification asks; members that are read have one spelling only: unpadded,
canonical base64url.
"""

from dataclasses import dataclass
from typing import Any, cast

from keybound.ceremonies.errors import CeremonyRefused
from keybound.domain.encoding import b64url, from_b64url

# In bytes after decoding. A credential ID may have 1023 (§7.1 step 25), a user handle 64 (§5.4.3).
LONGEST_CREDENTIAL_ID = 1023
LONGEST_USER_HANDLE = 64
LONGEST_CLIENT_DATA = 8 * 1024
LONGEST_ATTESTATION_OBJECT = 16 * 1024
LONGEST_AUTHENTICATOR_DATA = 4 * 1024
LONGEST_SIGNATURE = 1024
MOST_TRANSPORTS = 16
LONGEST_TRANSPORT = 32
ATTACHMENTS = frozenset({"platform", "cross-platform"})

FORM = "response_form"
CREDENTIAL_ID = "credential_id"


@dataclass(frozen=True)
class RegistrationForm:
    """What is read of a RegistrationResponseJSON; bytes are decoded, nothing is verified yet."""

    credential_id: bytes
    client_data_json: bytes
    attestation_object: bytes
    transports: tuple[str, ...]
    attachment: str | None
    discoverable: bool | None


@dataclass(frozen=True)
class AuthenticationForm:
    """What is read of an AuthenticationResponseJSON; bytes are decoded, nothing is verified yet."""

    credential_id: bytes
    user_handle: bytes
    client_data_json: bytes
    authenticator_data: bytes
    signature: bytes

    def as_json(self) -> dict[str, Any]:
        """Say it again with nothing in it but what was read."""
        response = {
            "clientDataJSON": b64url(self.client_data_json),
            "authenticatorData": b64url(self.authenticator_data),
            "signature": b64url(self.signature),
            "userHandle": b64url(self.user_handle),
        }
        return _public_key_credential(self.credential_id, response)


def registration_as_json(form: RegistrationForm) -> dict[str, Any]:
    """Say a registration again with nothing in it but what was read."""
    response = {
        "clientDataJSON": b64url(form.client_data_json),
        "attestationObject": b64url(form.attestation_object),
    }
    return _public_key_credential(form.credential_id, response)


def read_registration_form(value: object) -> RegistrationForm:
    """Read a decoded RegistrationResponseJSON. Raises CeremonyRefused."""
    outer = _object(value, "the response")
    inner = _object(outer.get("response"), "response")
    return RegistrationForm(
        credential_id=_credential_id(outer),
        client_data_json=_bytes(inner, "clientDataJSON", LONGEST_CLIENT_DATA),
        attestation_object=_bytes(inner, "attestationObject", LONGEST_ATTESTATION_OBJECT),
        transports=_transports(inner.get("transports")),
        attachment=_attachment(outer.get("authenticatorAttachment")),
        discoverable=_discoverable(outer.get("clientExtensionResults")),
    )


def read_authentication_form(value: object) -> AuthenticationForm:
    """Read a decoded AuthenticationResponseJSON. Raises CeremonyRefused.

    userHandle is required: the credentials asked for are discoverable, so the user is not known
    before the response arrives (§7.2 step 6).
    """
    outer = _object(value, "the response")
    inner = _object(outer.get("response"), "response")
    _discoverable(outer.get("clientExtensionResults"))
    return AuthenticationForm(
        credential_id=_credential_id(outer),
        user_handle=_bytes(inner, "userHandle", LONGEST_USER_HANDLE, step="user_handle"),
        client_data_json=_bytes(inner, "clientDataJSON", LONGEST_CLIENT_DATA),
        authenticator_data=_bytes(inner, "authenticatorData", LONGEST_AUTHENTICATOR_DATA),
        signature=_bytes(inner, "signature", LONGEST_SIGNATURE),
    )


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CeremonyRefused(FORM, detail=f"{name} is not an object")
    return cast(dict[str, Any], value)


def _bytes(members: dict[str, Any], name: str, longest: int, *, step: str = FORM) -> bytes:
    """Decode a required, non-empty base64url member of at most `longest` bytes."""
    text = members.get(name)
    if not isinstance(text, str) or not text:
        raise CeremonyRefused(step, detail=f"{name} is missing or not text")
    if len(text) > (longest * 4 + 2) // 3:
        raise CeremonyRefused(step, detail=f"{name} is too long")
    try:
        return from_b64url(text)
    except ValueError:
        raise CeremonyRefused(step, detail=f"{name} is not base64url") from None


def _credential_id(outer: dict[str, Any]) -> bytes:
    if outer.get("type") != "public-key":
        raise CeremonyRefused("credential_type", detail="type is not public-key")
    raw_id = _bytes(outer, "rawId", LONGEST_CREDENTIAL_ID, step=CREDENTIAL_ID)
    if outer.get("id") != outer["rawId"]:
        raise CeremonyRefused(CREDENTIAL_ID, detail="id differs from rawId")
    return raw_id


def _transports(value: object) -> tuple[str, ...]:
    """Keep unknown transports: the specification wants them stored as they came (§5.2.1)."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_TRANSPORTS:
        raise CeremonyRefused(FORM, detail="transports is not a short list")
    for entry in value:
        if not isinstance(entry, str) or not _is_short_printable(entry):
            raise CeremonyRefused(FORM, detail="transports holds something else than short text")
    return tuple(dict.fromkeys(value))


def _is_short_printable(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TRANSPORT and text.isascii() and text.isprintable()


def _attachment(value: object) -> str | None:
    """Unknown attachments count as none given (§2.1.1)."""
    if value is not None and not isinstance(value, str):
        raise CeremonyRefused(FORM, detail="authenticatorAttachment is not text")
    return value if value in ATTACHMENTS else None


def _discoverable(extension_results: object) -> bool | None:
    """Return credProps.rk if the client reports it; other extension results are ignored."""
    if extension_results is None:
        return None
    properties = _object(extension_results, "clientExtensionResults").get("credProps")
    rk = properties.get("rk") if isinstance(properties, dict) else None
    return rk if isinstance(rk, bool) else None


def _public_key_credential(credential_id: bytes, response: dict[str, str]) -> dict[str, Any]:
    name = b64url(credential_id)
    return {"id": name, "rawId": name, "type": "public-key", "response": response}
