"""What is still to be told to applications about logins that ended."""

from dataclasses import dataclass

from keybound.domain.ids import ApplicationId, CredentialId, IdentityId, RealmId, TenantId


@dataclass(frozen=True)
class LogoutNotice:
    """One login's end, for its application (OpenID Connect Back-Channel Logout 1.0 §2.5).

    due: epoch seconds of the next attempt. expires_at: when it is given up.
    """

    challenge_hash: str
    tenant_id: TenantId
    realm_id: RealmId
    application_id: ApplicationId
    subject: str
    sid: str
    due: int
    expires_at: int
    ttl: int
    attempts: int = 0


@dataclass(frozen=True)
class EndedSignIns:
    """All logins of an identity ended, or those of one passkey of it. credential_id: or None.

    ended_at: epoch seconds; what began later goes on. told_until: place of the last login that has
    its notice; empty when none has.
    """

    tenant_id: TenantId
    realm_id: RealmId
    identity_id: IdentityId
    ended_at: int
    credential_id: CredentialId | None = None
    told_until: str = ""
