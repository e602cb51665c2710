"""Applications (OAuth clients) and the resource servers whose scopes they may be given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.ids import (
    ApplicationId,
    AuthenticatorConfigId,
    RealmId,
    ResourceServerId,
    TenantId,
)

CONFIDENTIAL = "confidential"
PUBLIC = "public"
OIDC = "oidc"
OAUTH2 = "oauth2"
AUTHORIZATION_CODE = "authorization_code"
CLIENT_CREDENTIALS = "client_credentials"
REFRESH_TOKEN = "refresh_token"
PKCE_S256 = "s256"
PKCE_DISABLED = "disabled"
SELF_CONTAINED = "self_contained"
CLIENT_SECRET_BASIC = "client_secret_basic"
PRIVATE_KEY_JWT = "private_key_jwt"
REFERENTIAL = "referential"
RS256 = "RS256"
PS256 = "PS256"
ES256 = "ES256"
CLIENT_ALGORITHMS = (RS256, PS256, ES256)
"""What clients may sign with: their assertions and their DPoP proofs."""
DAY_S = 24 * 3600
LONGEST_REFRESH_S = 90 * DAY_S


@dataclass(frozen=True)
class ResourceServer:
    """An API that tokens are for. `identifier` becomes the `aud` value.

    scopes_by_role: a person gets a scope of it only through a role that has the scope.
    """

    id: ResourceServerId
    tenant_id: TenantId
    realm_id: RealmId
    display_name: str
    identifier: str
    scopes: tuple[str, ...]
    create_time: int
    update_time: int
    is_managed: bool = False
    scopes_by_role: bool = False


@dataclass(frozen=True)
class Application:
    """An OAuth client and, with its own issuer, an OpenID provider's face. Times are epoch s.

    client_secret_hash: base64url SHA-256, empty for public clients. expires_after: access token
    lifetime in seconds. refresh_token_expires_after: seconds after which an unused refresh token is
    dead. previous_secret_hash: of the one before, good until previous_secret_expires_at.
    pkce: `s256` demands it of a confidential client; public ones always must.
    token_endpoint_auth_method: `private_key_jwt` means signed assertions and nothing else; jwks or
    jwks_uri then says by which keys. dpop_bound_access_tokens: no token without a DPoP proof.
    """

    id: ApplicationId
    tenant_id: TenantId
    realm_id: RealmId
    display_name: str
    protocol: str
    confidentiality: str
    client_id: str
    client_secret_hash: str
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    allowed_scopes: tuple[str, ...]
    expires_after: int
    create_time: int
    update_time: int
    token_signing_algorithm: str = RS256
    subject_field: str = "id"
    pkce: str = PKCE_DISABLED
    token_format: str = SELF_CONTAINED
    token_endpoint_auth_method: str = CLIENT_SECRET_BASIC
    resource_server_id: ResourceServerId | None = None
    authenticator_config_id: AuthenticatorConfigId | None = None
    is_managed: bool = False
    refresh_token_expires_after: int = 30 * DAY_S
    previous_secret_hash: str = ""
    previous_secret_expires_at: int = 0
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str = ""
    dpop_bound_access_tokens: bool = False
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = False
    require_pushed_authorization_requests: bool = False

    @property
    def may_refresh(self) -> bool:
        return REFRESH_TOKEN in self.grant_types

    @property
    def is_public(self) -> bool:
        return self.confidentiality == PUBLIC

    @property
    def signs_assertions(self) -> bool:
        return self.token_endpoint_auth_method == PRIVATE_KEY_JWT

    @property
    def needs_pkce(self) -> bool:
        return self.is_public or self.pkce == PKCE_S256
