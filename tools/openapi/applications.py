"""Applications and their tokens."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from functions.applications.body import ApplicationBody, NewApplicationBody, SecretRotationBody
from tools.openapi.operation import Operation, Operations, Parameter, Sent
from tools.openapi.shapes import SHORT, Count, HexId, NextPageToken, Time, UnixTime, Uuid


class TokenConfiguration(TypedDict):
    """Lifetimes are in seconds."""

    expires_after: Count
    refresh_token_expires_after: Count
    token_signing_algorithm: Literal["RS256", "ES256"]
    subject_field: Literal["id", "email", "username"]


class ProtocolConfig(TypedDict):
    """An application as an OAuth client."""

    type: Literal["oidc", "oauth2"]
    allowed_scopes: list[str]
    client_id: str
    client_secret: NotRequired[
        Annotated[str, Field(description="in answers to creation and rotation only")]
    ]
    previous_client_secret_expire_time: NotRequired[Time]
    confidentiality: Literal["confidential", "public"]
    token_endpoint_auth_method: Literal[
        "client_secret_basic", "client_secret_post", "none", "private_key_jwt"
    ]
    grant_type: list[Literal["authorization_code", "client_credentials", "refresh_token"]]
    redirect_uris: list[str]
    token_configuration: TokenConfiguration
    jwks: NotRequired[dict[str, Any]]
    jwks_uri: NotRequired[str]
    dpop_bound_access_tokens: bool
    pkce: Literal["s256", "disabled"]
    post_logout_redirect_uris: list[str]
    backchannel_logout_uri: str
    backchannel_logout_session_required: bool
    require_pushed_authorization_requests: bool
    token_format: Literal["self_contained", "referential"]


class Application(TypedDict):
    """What signs people in, or calls APIs for itself."""

    id: Uuid
    realm_id: HexId
    tenant_id: HexId
    resource_server_id: NotRequired[Uuid]
    authenticator_config_id: NotRequired[Uuid]
    display_name: str
    is_managed: bool
    protocol_config: ProtocolConfig


class Applications(TypedDict):
    """One page."""

    applications: list[Application]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


class Token(TypedDict):
    """A token of an application's principal."""

    id: str
    display_name: str
    scopes: list[str]
    token_suffix: str
    token_format: Literal["self_contained", "referential"]
    token_type: Literal["access", "refresh"]
    expires: UnixTime
    issued_at: UnixTime


class Tokens(TypedDict):
    """One page."""

    tokens: list[Token]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


APPLICATIONS: Operations = {
    "create": Operation(
        "createApplication",
        "Make an application; the answer has its secret",
        ("applications:create",),
        Application,
        Sent(NewApplicationBody, "application"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation(
        "listApplications", "List applications", ("applications:read",), Applications, query=SHORT
    ),
    "read": Operation(
        "getApplication",
        "Read an application",
        ("applications:read",),
        Application,
        refusals=(304,),
        tagged=True,
    ),
    "update": Operation(
        "updateApplication",
        "Change an application",
        ("applications:update",),
        Application,
        Sent(ApplicationBody, "application"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteApplication",
        "Delete an application",
        ("applications:delete",),
        refusals=(409,),
        tagged=True,
    ),
    "rotate_secret": Operation(
        "rotateApplicationSecret",
        "Give it another secret; the present one works on for `expires_in` seconds",
        ("applications:update",),
        Application,
        Sent(SecretRotationBody, optional=True),
        refusals=(409,),
        tagged=True,
        once=True,
        changes=True,
    ),
}

_PRINCIPAL = (
    Parameter(
        "principal_type",
        {"type": "string", "enum": ["application", "identity"]},
        "whose tokens: the application's own, or an identity's",
        required=True,
    ),
    Parameter(
        "principal_id",
        {"type": "string"},
        "id of the identity; of an application its own, or left out",
    ),
)

TOKENS: Operations = {
    "list_all": Operation(
        "listTokens",
        "List tokens of a principal",
        ("tokens:read",),
        Tokens,
        query=(*_PRINCIPAL, *SHORT),
    ),
    "delete": Operation(
        "deleteToken", "End a token; of a refresh token its whole login", ("tokens:delete",)
    ),
}
