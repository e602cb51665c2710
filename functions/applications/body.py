"""Bodies that make and change an application: `{"application": {…}}`.

Arrays and texts are only typed here; what they may hold depends on other members and is judged by
`keybound.directory.application_rules`. Keys are judged here, each by itself.
"""

from typing import Annotated, Any, Literal, cast

from keybound.directory.application_settings import ApplicationSettings
from keybound.directory.client_secrets import DEFAULT_OVERLAP_S, LONGEST_OVERLAP_S
from keybound.edge.management import Body, FreeName, said
from keybound.signing.client_keys import MAX_KEYS, public_key_set
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.applications.settings_schema import (
    Algorithm,
    AllowedScopes,
    Confidentiality,
    ExpiresAfter,
    Grants,
    KeysUri,
    LogoutUri,
    Pkce,
    Protocol,
    RedirectUris,
    RefreshExpiresAfter,
    SubjectField,
    TokenFormat,
    Uuid,
)


def _judged(jwks: dict[str, Any] | None) -> dict[str, Any] | None:
    try:
        return public_key_set(jwks) if jwks is not None else None
    except ValueError as error:
        raise PydanticCustomError("jwks", "{fault}", {"fault": str(error)}) from None


_KEYS = {"type": "array", "minItems": 1, "maxItems": MAX_KEYS, "items": {"type": "object"}}
_KeySet = Annotated[dict[str, Any], said(required=["keys"], properties={"keys": _KEYS})]
PublicKeySet = Annotated[_KeySet | None, AfterValidator(_judged)]
"""A JWK Set of public signing keys; null takes it away."""


class TokenConfigurationBody(Body):
    expires_after: ExpiresAfter = 0
    refresh_token_expires_after: RefreshExpiresAfter = 0
    token_signing_algorithm: Algorithm = ""
    subject_field: SubjectField = ""


class ProtocolConfigBody(Body):
    type: Protocol = ""
    confidentiality: Confidentiality = ""
    grant_type: Grants = Field(default_factory=list)
    redirect_uris: RedirectUris = Field(default_factory=list)
    allowed_scopes: AllowedScopes = Field(default_factory=list)
    pkce: Pkce = ""
    post_logout_redirect_uris: RedirectUris = Field(default_factory=list)
    backchannel_logout_uri: LogoutUri = ""
    backchannel_logout_session_required: bool = False
    require_pushed_authorization_requests: bool = False
    token_format: TokenFormat = ""
    token_configuration: TokenConfigurationBody = TokenConfigurationBody()
    token_endpoint_auth_method: Literal[
        "client_secret_basic", "client_secret_post", "none", "private_key_jwt"
    ] = "client_secret_basic"
    jwks: PublicKeySet = None
    jwks_uri: KeysUri | None = None
    dpop_bound_access_tokens: bool = False


class ApplicationBody(Body):
    """PATCH: only what was sent counts, so the defaults here are never stored."""

    display_name: FreeName = ""
    resource_server_id: Uuid | None = None
    authenticator_config_id: Uuid | None = None
    protocol_config: ProtocolConfigBody = ProtocolConfigBody()


class NewProtocolConfigBody(ProtocolConfigBody):
    type: Protocol
    confidentiality: Confidentiality
    grant_type: Grants


class NewApplicationBody(ApplicationBody):
    """POST."""

    display_name: FreeName
    protocol_config: NewProtocolConfigBody


class SecretRotationBody(Body):
    """POST …:rotateSecret. expires_in: seconds that the present secret goes on working."""

    expires_in: Annotated[int, said(minimum=0, maximum=LONGEST_OVERLAP_S)] = DEFAULT_OVERLAP_S


_PROTOCOL_NAMES = {"type": "protocol", "grant_type": "grant_types"}


def settings(body: ApplicationBody) -> ApplicationSettings:
    """Return what was sent, under the names of `Application`."""
    sent = body.model_dump(exclude_unset=True)
    protocol: dict[str, Any] = sent.pop("protocol_config", {})
    sent |= protocol.pop("token_configuration", {})
    if protocol.get("jwks_uri", "") is None:
        protocol["jwks_uri"] = ""
    sent |= {_PROTOCOL_NAMES.get(name, name): value for name, value in protocol.items()}
    found = {n: tuple(v) if isinstance(v, list) else v for n, v in sent.items()}
    return cast(ApplicationSettings, found)
