"""What people are told by mail about their passkeys: that one was added, or removed."""

from dataclasses import dataclass

from keybound.domain.credential import Credential
from keybound.domain.email_address import is_mailable
from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId, IdentityId, RealmId, TenantId

PASSKEY_ADDED = "added"
PASSKEY_REMOVED = "removed"


@dataclass(frozen=True)
class PasskeyNotice:
    """One event of one passkey. happened_at: epoch seconds.

    recipient: the identity's address when it happened, so that whoever changes the address
    afterwards keeps nothing from its owner. passkey_name: as its holder calls it. aaguid: UUID
    text.
    """

    tenant_id: TenantId
    realm_id: RealmId
    identity_id: IdentityId
    credential_id: CredentialId
    event: str
    recipient: str
    passkey_name: str
    aaguid: str
    happened_at: int


def notice_of(
    credential: Credential, identity: Identity, event: str, now: int
) -> PasskeyNotice | None:
    """Return what to tell the credential's owner; None where no mail could reach anybody."""
    if not is_mailable(identity.email):
        return None
    return PasskeyNotice(
        tenant_id=identity.tenant_id,
        realm_id=identity.realm_id,
        identity_id=identity.id,
        credential_id=credential.id,
        event=event,
        recipient=identity.email,
        passkey_name=credential.display_name,
        aaguid=credential.aaguid,
        happened_at=now,
    )
