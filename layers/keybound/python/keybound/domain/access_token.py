"""Access tokens as things with a name: what ends one, and what is kept of a referential one."""

import re
from dataclasses import dataclass

from keybound.domain.application import DAY_S
from keybound.domain.ids import ApplicationId, IdentityId, RealmId, TenantId

LONGEST_TOKEN_S = DAY_S
_JTI = re.compile(r"[A-Za-z0-9_-]{22}\Z")


@dataclass(frozen=True)
class TokenName:
    """Which access token. jti: 128 random bits as base64url."""

    tenant_id: TenantId
    realm_id: RealmId
    application_id: ApplicationId
    jti: str


@dataclass(frozen=True)
class ReferentialToken:
    """What is kept of an opaque access token. Times are epoch seconds.

    identity_id: whose login it follows from; None for a client's own. secret_hash: of its secret
    part, which is derived under derive_kid. sealed: its other part, kept to say it again. claims:
    the JSON of what a self-contained token would say. token_suffix: its last characters, for people
    who look for one.
    """

    tenant_id: TenantId
    realm_id: RealmId
    application_id: ApplicationId
    jti: str
    secret_hash: str
    derive_kid: str
    sealed: str
    token_suffix: str
    claims: str
    scope: str
    issued_at: int
    expires_at: int
    identity_id: IdentityId | None = None

    @property
    def name(self) -> TokenName:
        return TokenName(self.tenant_id, self.realm_id, self.application_id, self.jti)


@dataclass(frozen=True)
class TokenPlace:
    """Where a referential token is kept: with its principal, in the order of issue."""

    name: TokenName
    issued_at: int
    identity_id: IdentityId | None = None


def is_jti(text: str) -> bool:
    """Whether `text` has the form of the `jti` of an access token of ours."""
    return bool(_JTI.match(text))
