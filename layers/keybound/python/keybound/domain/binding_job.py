"""Credential binding jobs: one link, one passkey."""

from dataclasses import dataclass

from keybound.domain.ids import (
    AuthenticatorConfigId,
    BatchId,
    CredentialId,
    IdentityId,
    JobId,
    RealmId,
    TenantId,
)

RETURN = "RETURN"
EMAIL = "EMAIL"

LINK_SENT = "LINK_SENT"
LINK_OPENED = "LINK_OPENED"
COMPLETE = "COMPLETE"
EXPIRED = "EXPIRED"
FAILED_TO_SEND = "FAILED_TO_SEND"
REVOKED = "REVOKED"

OPEN_STATES = (LINK_SENT, LINK_OPENED)

MAIL_PENDING = "PENDING"
MAIL_SENT = "SENT"
MAIL_FAILED = "FAILED"

BY_SCOPE = "SCOPE"
BY_SIGN_IN = "SIGN_IN"

DEFAULT_LIFETIME_S = 7 * 24 * 3600
MIN_LIFETIME_S = 5 * 60
MAX_LIFETIME_S = 30 * 24 * 3600
MAX_LINKS_A_MINUTE = 20
"""How many links one identity is given in a minute of the clock, however they are asked for."""
ENDED_KEPT_S = 90 * 24 * 3600
"""How long a job can still be read after it has ended."""


@dataclass(frozen=True)
class BindingJob:
    """A job as stored. Times are epoch seconds.

    token_hash: SHA-256 of the link's token, kept on ended jobs too, so that only its holder
    learns that a link has ended. token_version, token_nonce and derive_kid: what the token was
    derived from, so that it can be said again without being stored.

    Of delivery method EMAIL also: recipient, the address that the link is mailed to; mail_state,
    whether the mail service has taken the mail; failure_reason, why it will not arrive.
    lifetime_s: how long each of its links lives.

    adding_proof: what lets its link add a passkey to an identity that has one: BY_SCOPE, BY_SIGN_IN
    or nothing. signed_in_at: of BY_SIGN_IN, when the person showed a passkey. batch_id: of the
    batch that it was made for.
    """

    id: JobId
    tenant_id: TenantId
    realm_id: RealmId
    identity_id: IdentityId
    delivery_method: str
    state: str
    authenticator_config_id: AuthenticatorConfigId
    token_hash: str
    token_version: int
    token_nonce: str
    derive_kid: str
    expire_time: int
    create_time: int
    update_time: int
    post_binding_redirect_uri: str = ""
    credential_id: CredentialId | None = None
    recipient: str = ""
    mail_state: str = ""
    failure_reason: str = ""
    lifetime_s: int = DEFAULT_LIFETIME_S
    adding_proof: str = ""
    signed_in_at: int = 0
    batch_id: BatchId | None = None

    def is_open(self, now: int) -> bool:
        return self.state in OPEN_STATES and now < self.expire_time
