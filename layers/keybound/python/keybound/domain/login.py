"""A login: one passkey assertion, the code it gave, and everything granted from it."""

from dataclasses import dataclass

from keybound.domain.ids import ApplicationId, CredentialId, IdentityId, RealmId, TenantId


@dataclass(frozen=True)
class RefreshFamily:
    """The refresh tokens of a login: the current one, and what its predecessor may still ask for.

    generation: of the current token, from 1. refresh_hash, previous_hash: of the secrets of the
    current and the replaced token. nonce, derive_kid: what the current secret is derived from;
    sealed: the part of the current token before its dot; both are kept to say the token again.
    rotated_at, rotation_id, params_hash, grace_until: of the last rotation. token_expires_at: when
    the current token dies unused; expires_at: when the family does, however often it is used.
    jkt: thumbprint of the key that a public client must prove, once it proved one (RFC 9449 §5).
    """

    generation: int
    refresh_hash: str
    nonce: str
    derive_kid: str
    token_expires_at: int
    expires_at: int
    sealed: str = ""
    previous_hash: str = ""
    rotated_at: int = 0
    rotation_id: str = ""
    params_hash: str = ""
    grace_until: int = 0
    jkt: str = ""


@dataclass(frozen=True)
class Login:
    """The one item of a login. Times are epoch seconds; 0 means "not yet".

    challenge_hash: base64url SHA-256 of the WebAuthn challenge; the item's key, so that one
    assertion makes one login. code_hash: hash of the code's secret part. credential_hash: key of
    the passkey that signed in. sid: random, what `sid` claims carry. put_id, burn_id: attempt ids.
    redirect_uri_sent: whether the authorization request named it (RFC 6749 §4.1.3). subject: `sub`
    as it was at sign-in. resource: what its tokens are for (RFC 8707); empty when nothing was said.
    session_epoch: the identity's at sign-in. dpop_jkt: thumbprint of the key that the code's
    exchange must prove, if the request named one. access_expires_at: of its last self-contained
    access token; 0 if it has none. family: its refresh tokens, if it was given any.
    """

    challenge_hash: str
    tenant_id: TenantId
    realm_id: RealmId
    application_id: ApplicationId
    client_id: str
    identity_id: IdentityId
    credential_id: CredentialId
    credential_hash: str
    redirect_uri: str
    redirect_uri_sent: bool
    scope: str
    nonce: str
    code_challenge: str
    auth_time: int
    amr: tuple[str, ...]
    sid: str
    code_hash: str
    code_expires_at: int
    put_id: str
    ttl: int
    used_at: int = 0
    burn_id: str = ""
    revoked_at: int = 0
    subject: str = ""
    session_epoch: int = 0
    resource: tuple[str, ...] = ()
    dpop_jkt: str = ""
    access_expires_at: int = 0
    family: RefreshFamily | None = None


@dataclass(frozen=True)
class LoginLocator:
    """What a sealed locator holds: enough to read login, identity and credential at once."""

    challenge_hash: str
    identity_id: IdentityId
    credential_hash: str
