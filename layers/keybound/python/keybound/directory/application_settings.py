"""What a caller may set on an application, and what a new one starts from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from keybound.domain.application import (
    CLIENT_SECRET_BASIC,
    DAY_S,
    PKCE_S256,
    PRIVATE_KEY_JWT,
    Application,
)
from keybound.domain.encoding import b64url
from keybound.domain.ids import (
    ApplicationId,
    AuthenticatorConfigId,
    ResourceServerId,
    new_uuid,
)
from keybound.domain.receipt import Derivation
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.token_limits import TokenLimits
from keybound.domain.versioned import FIRST_REVISION

CLIENT_ID_BYTES = 18


class ApplicationSettings(TypedDict, total=False):
    """What a caller may set, under the names of `Application`; absent means unchanged."""

    display_name: str
    protocol: str
    confidentiality: str
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    allowed_scopes: tuple[str, ...]
    expires_after: int
    refresh_token_expires_after: int
    token_signing_algorithm: str
    subject_field: str
    pkce: str
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str
    backchannel_logout_session_required: bool
    require_pushed_authorization_requests: bool
    token_format: str
    resource_server_id: ResourceServerId | None
    authenticator_config_id: AuthenticatorConfigId | None
    token_endpoint_auth_method: str
    jwks: Mapping[str, Any] | None
    jwks_uri: str
    dpop_bound_access_tokens: bool


@dataclass(frozen=True)
class NewApplication:
    """A created application. client_secret: said this once; empty for public clients, which have
    no derivation either."""

    application: Application
    client_secret: str = ""
    derivation: Derivation | None = None
    revision: int = FIRST_REVISION


def new_application(
    where: RealmPath,
    settings: ApplicationSettings,
    randomness: Randomness,
    now: int,
    limits: TokenLimits,
) -> Application:
    """Return an application as it would be stored, without a secret and not judged yet.

    Tokens last a day, or as long as the limits allow, are RS256 and name the identity by its id,
    unless the settings say more. Public clients get PKCE and no client authentication.
    """
    blank = Application(
        id=ApplicationId(new_uuid(randomness)),
        tenant_id=where.tenant_id,
        realm_id=where.realm_id,
        display_name="",
        protocol="",
        confidentiality="",
        client_id=b64url(randomness(CLIENT_ID_BYTES)),
        client_secret_hash="",
        grant_types=(),
        redirect_uris=(),
        allowed_scopes=(),
        expires_after=DAY_S,
        create_time=now,
        update_time=now,
    )
    application = with_settings(limits.applied_to(blank), settings)
    if not application.is_public:
        return application
    return replace(application, pkce=settings.get("pkce", PKCE_S256))


def with_settings(before: Application, settings: ApplicationSettings) -> Application:
    """Return the application as the settings leave it, not judged yet.

    Of `token_endpoint_auth_method` only `private_key_jwt` is a setting: it takes the secret away,
    and cannot be taken back. Every other application has the method of its confidentiality.
    """
    after = replace(before, **settings)
    wanted = settings.get("token_endpoint_auth_method", before.token_endpoint_auth_method)
    if wanted == PRIVATE_KEY_JWT:
        return replace(
            after,
            client_secret_hash="",
            previous_secret_hash="",
            previous_secret_expires_at=0,
        )
    if before.signs_assertions:
        return after
    method = "none" if after.is_public else CLIENT_SECRET_BASIC
    return replace(after, token_endpoint_auth_method=method)
