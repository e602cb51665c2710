"""Authenticator data: WebAuthn L3 §6.1, and the checks of §7.1 steps 14–18 and §7.2 15–19."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntFlag

from keybound.ceremonies.cbor_form import end_of_item, is_map
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.relying_party import RelyingParty

FORM = "authenticator_data"
FIXED_LENGTH = 37  # SHA-256 of the RP ID, one byte of flags, four of counter
AAGUID_LENGTH = 16


class Flags(IntFlag):
    """Bits of the flags byte (§6.1). Bits 1 and 5 are reserved and ignored."""

    UP = 0x01
    UV = 0x04
    BE = 0x08
    BS = 0x10
    AT = 0x40
    ED = 0x80


@dataclass(frozen=True)
class AttestedCredential:
    """Attested credential data (§6.5.1). public_key: the COSE_Key bytes as they were sent."""

    aaguid: bytes
    credential_id: bytes
    public_key: bytes


@dataclass(frozen=True)
class AuthenticatorData:
    """Authenticator data taken apart. flags: every bit as it came."""

    rp_id_digest: bytes
    flags: Flags
    sign_count: int
    attested: AttestedCredential | None

    def has(self, flag: Flags) -> bool:
        return bool(self.flags & flag)


def read_authenticator_data(data: bytes) -> AuthenticatorData:
    """Take authenticator data apart; it must end where its flags say. Raises CeremonyRefused."""
    if len(data) < FIXED_LENGTH:
        raise CeremonyRefused(FORM, detail="cut short")
    flags = Flags(data[32])
    position = FIXED_LENGTH
    attested = None
    if flags & Flags.AT:
        attested, position = _attested_credential(data, position)
    if flags & Flags.ED:
        if not is_map(data, position):
            raise CeremonyRefused(FORM, detail="extensions announced, but no map follows")
        position = end_of_item(data, position)
    if position != len(data):
        raise CeremonyRefused(FORM, detail="bytes left over")
    return AuthenticatorData(data[:32], flags, int.from_bytes(data[33:37], "big"), attested)


def check_authenticator_data(data: AuthenticatorData, relying_party: RelyingParty) -> None:
    """Check RP ID hash, user presence, user verification and the backup flags.

    User presence and verification are always required: conditional creation is not offered, and a
    passkey is the only factor there is. Raises CeremonyRefused.
    """
    expected = hashlib.sha256(relying_party.id.encode("utf-8")).digest()
    if not hmac.compare_digest(data.rp_id_digest, expected):
        raise CeremonyRefused("rp_id_hash", detail="made for another RP ID")
    if not data.has(Flags.UP):
        raise CeremonyRefused("user_presence", detail="UP is not set")
    if not data.has(Flags.UV):
        raise CeremonyRefused("user_verification", detail="UV is not set")
    if data.has(Flags.BS) and not data.has(Flags.BE):
        raise CeremonyRefused("backup_state", detail="BS is set without BE")


def _attested_credential(data: bytes, start: int) -> tuple[AttestedCredential, int]:
    id_start = start + AAGUID_LENGTH + 2
    id_end = id_start + int.from_bytes(data[id_start - 2 : id_start], "big")
    if not is_map(data, id_end):
        raise CeremonyRefused(FORM, detail="no public key behind the credential id")
    end = end_of_item(data, id_end)
    credential = AttestedCredential(
        aaguid=data[start : start + AAGUID_LENGTH],
        credential_id=data[id_start:id_end],
        public_key=data[id_end:end],
    )
    return credential, end
