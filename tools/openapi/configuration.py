"""Authenticator configs and resource servers."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from functions.authenticator_configs.body import (
    AuthenticatorConfigBody,
    NewAuthenticatorConfigBody,
)
from functions.resource_servers.body import NewResourceServerBody, ResourceServerBody
from tools.openapi.operation import Operation, Operations, Sent
from tools.openapi.shapes import SHORT, Count, HexId, NextPageToken, Uuid


class AuthenticationMethod(TypedDict):
    """One way to sign in."""

    type: Literal["webauthn_passkey", "software_passkey", "email_one_time_password"]


class AndroidApp(TypedDict):
    """An app that uses the relying party's passkeys."""

    package_name: str
    sha256_cert_fingerprints: list[str]


class EmbeddedConfig(TypedDict):
    """Ceremonies run in the app itself."""

    type: Literal["embedded"]
    invoke_url: str
    invocation_type: Literal["automatic", "manual"]
    trusted_origins: list[str]
    authentication_methods: list[AuthenticationMethod]
    relying_party_id: str
    expected_origins: list[str]
    additional_passkey_policy: Literal["management_token", "fresh_sign_in"]
    one_time_password_creates_identities: bool
    related_origins: list[str]
    android_apps: list[AndroidApp]
    apple_app_ids: list[str]
    passkey_enroll_url: str
    passkey_manage_url: str


class AuthenticatorConfig(TypedDict):
    """Where ceremonies run and which passkeys they take."""

    id: Uuid
    realm_id: HexId
    tenant_id: HexId
    display_name: str
    config: EmbeddedConfig


class AuthenticatorConfigs(TypedDict):
    """One page."""

    authenticator_configs: list[AuthenticatorConfig]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


class ResourceServer(TypedDict):
    """An API that access tokens are for."""

    id: Uuid
    realm_id: HexId
    tenant_id: HexId
    display_name: str
    is_managed: bool
    identifier: str
    scopes: list[str]
    scopes_by_role: bool


class ResourceServers(TypedDict):
    """One page."""

    resource_servers: list[ResourceServer]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


CONFIGS: Operations = {
    "create": Operation(
        "createAuthenticatorConfig",
        "Make an authenticator config",
        ("authenticator-configs:create",),
        AuthenticatorConfig,
        Sent(NewAuthenticatorConfigBody, "authenticator_config"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation(
        "listAuthenticatorConfigs",
        "List authenticator configs",
        ("authenticator-configs:read",),
        AuthenticatorConfigs,
        query=SHORT,
    ),
    "read": Operation(
        "getAuthenticatorConfig",
        "Read an authenticator config",
        ("authenticator-configs:read",),
        AuthenticatorConfig,
        refusals=(304,),
        tagged=True,
    ),
    "update": Operation(
        "updateAuthenticatorConfig",
        "Change an authenticator config",
        ("authenticator-configs:update",),
        AuthenticatorConfig,
        Sent(AuthenticatorConfigBody, "authenticator_config"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteAuthenticatorConfig",
        "Delete an authenticator config; 409 while an application uses it",
        ("authenticator-configs:delete",),
        refusals=(409,),
        tagged=True,
    ),
}

RESOURCE_SERVERS: Operations = {
    "create": Operation(
        "createResourceServer",
        "Make a resource server",
        ("resource-servers:create",),
        ResourceServer,
        Sent(NewResourceServerBody, "resource_server"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation(
        "listResourceServers",
        "List resource servers",
        ("resource-servers:read",),
        ResourceServers,
        query=SHORT,
    ),
    "read": Operation(
        "getResourceServer",
        "Read a resource server",
        ("resource-servers:read",),
        ResourceServer,
        refusals=(304,),
        tagged=True,
    ),
    "update": Operation(
        "updateResourceServer",
        "Change a resource server",
        ("resource-servers:update",),
        ResourceServer,
        Sent(ResourceServerBody, "resource_server"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteResourceServer",
        "Delete a resource server; 409 while an application or a role uses it",
        ("resource-servers:delete",),
        refusals=(409,),
        tagged=True,
    ),
}
