"""What a caller may set on an application, and what a new one starts from."""

from dataclasses import dataclass, replace
from typing import TypedDict

from keybound.domain.application import DAY_S, PKCE_S256, Application
from keybound.domain.encoding import b64url
from keybound.domain.ids import (
    ApplicationId,
    AuthenticatorConfigId,
    ResourceServerId,
    new_uuid,
)
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.token_limits import TokenLimits

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
    token_format: str
    resource_server_id: ResourceServerId | None
    authenticator_config_id: AuthenticatorConfigId | None


@dataclass(frozen=True)
class NewApplication:
    """A created application. client_secret: said this once; empty for public clients."""

    application: Application
    client_secret: str


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
    application = replace(limits.applied_to(blank), **settings)
    if not application.is_public:
        return application
    pkce = settings.get("pkce", PKCE_S256)
    return replace(application, pkce=pkce, token_endpoint_auth_method="none")
