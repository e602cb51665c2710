"""What a dishonest browser or authenticator can be told to say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lies:
    """Fields to falsify. None tells the truth; everything else is used as it is.

    What is signed is signed after the lie, so a refusal is due to the field and not to the
    signature; `signature`, `id`, `raw_id`, `user_handle` and `change_*` come after signing.
    """

    # Client data
    type: object = None
    challenge: object = None
    origin: object = None
    cross_origin: object = None
    top_origin: object = None
    client_data_members: Mapping[str, object] | None = None
    client_data_json: bytes | None = None
    # Authenticator data
    rp_id: str | None = None
    user_present: bool | None = None
    user_verified: bool | None = None
    backup_eligible: bool | None = None
    backup_state: bool | None = None
    flags: int | None = None
    sign_count: int | None = None
    aaguid: bytes | None = None
    credential_id: bytes | None = None
    public_key: bytes | None = None
    attested: bool | None = None
    extensions: bytes | None = None
    trailing: bytes = b""
    authenticator_data: bytes | None = None
    # Attestation
    format: str | None = None
    statement: object = None
    attestation_object: bytes | None = None
    # After signing
    signature: bytes | None = None
    id: object = None
    raw_id: object = None
    user_handle: object = None
    change_client_data: Callable[[bytes], bytes] | None = None
    change_authenticator_data: Callable[[bytes], bytes] | None = None


HONEST = Lies()


def told(lie: object, truth: object) -> object:
    """The lie, if there is one."""
    return truth if lie is None else lie


def after(change: Callable[[bytes], bytes] | None, value: bytes) -> bytes:
    """The value as it is sent, when somebody changes it behind the signature."""
    return value if change is None else change(value)


def collect(type_: str, challenge: str, origin: str, lies: Lies) -> bytes:
    """Client data as a browser collects it (WebAuthn L3 §5.8.1)."""
    if lies.client_data_json is not None:
        return lies.client_data_json
    members: dict[str, object] = {
        "type": told(lies.type, type_),
        "challenge": told(lies.challenge, challenge),
        "origin": told(lies.origin, origin),
        "crossOrigin": told(lies.cross_origin, False),
    }
    if lies.top_origin is not None:
        members["topOrigin"] = lies.top_origin
    members.update(lies.client_data_members or {})
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
