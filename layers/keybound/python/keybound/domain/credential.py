"""Credentials: passkeys that were bound to an identity."""

import hashlib
from dataclasses import dataclass

from keybound.domain.encoding import b64url
from keybound.domain.ids import CredentialId, IdentityId, JobId, RealmId, TenantId

ACTIVE = "ACTIVE"
REVOKED = "REVOKED"
DEFAULT_NAME = "Passkey"
DELETED = "DELETED"
"""Never shown: what is left of a deleted credential only keeps its WebAuthn id taken."""


@dataclass(frozen=True)
class Credential:
    """A passkey as the relying party stores it (WebAuthn L3 §4, credential record).

    credential_id: unpadded base64url, ≤ 1023 bytes. public_key: COSE_Key bytes. Times: epoch s.
    backup_eligible, backup_state, uv: flags as last seen; aaguid: UUID text.
    """

    id: CredentialId
    tenant_id: TenantId
    realm_id: RealmId
    identity_id: IdentityId
    state: str
    credential_id: str
    public_key: bytes
    algorithm: int
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    backup_eligible: bool
    backup_state: bool
    relying_party_id: str
    display_name: str
    job_id: JobId
    create_time: int
    update_time: int
    last_used_time: int = 0

    @property
    def is_active(self) -> bool:
        return self.state == ACTIVE


def credential_hash(credential_id: bytes) -> str:
    """Return the part of a credential's key that its WebAuthn id gives: SHA-256, base64url."""
    return b64url(hashlib.sha256(credential_id).digest())
