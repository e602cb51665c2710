"""Who an access token is for (RFC 9068 §2.2, §3)."""

from collections.abc import Iterable

from keybound.domain.application import Application
from keybound.domain.errors import Unavailable
from keybound.oauth.ports import Configuration
from keybound.oauth.scopes import PERSONAL_SCOPES


def audience_of(
    configuration: Configuration, application: Application, scopes: Iterable[str], issuer: str
) -> str:
    """Return the resource server's identifier when a scope of it was granted, else the issuer,
    whose userinfo endpoint is then the only place the token opens. Raises Unavailable."""
    server_id = application.resource_server_id
    if server_id is None or all(scope in PERSONAL_SCOPES for scope in scopes):
        return issuer
    server = configuration.find_resource_server(
        application.tenant_id, application.realm_id, server_id
    )
    if server is None:
        raise Unavailable(detail="the application's resource server is gone")
    return server.identifier


def is_management(configuration: Configuration, application: Application) -> bool:
    """Whether the application's tokens may open the management API, which judges a person by what
    they say of the sign-in (docs/adr/0036-suspension-ends-what-was-before.md)."""
    server_id = application.resource_server_id
    if server_id is None:
        return False
    server = configuration.find_resource_server(
        application.tenant_id, application.realm_id, server_id
    )
    return server is not None and server.is_managed
