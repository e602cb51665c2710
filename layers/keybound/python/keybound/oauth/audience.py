"""Who an access token is for (RFC 9068 §2.2, §3), and what a client may ask of that (RFC 8707).

An application's tokens are for its resource server, or for the issuer itself, whose userinfo
endpoint takes them. A `resource` names either by its URI, compared as a string.
"""

from collections.abc import Iterable

from keybound.domain.application import Application, ResourceServer
from keybound.domain.errors import Unavailable
from keybound.oauth.errors import InvalidTarget
from keybound.oauth.ports import Configuration
from keybound.oauth.scopes import PERSONAL_SCOPES

Resources = tuple[str, ...]


def audience_of(
    configuration: Configuration,
    application: Application,
    scopes: Iterable[str],
    issuer: str,
    resources: Resources = (),
) -> str | list[str]:
    """Return `aud`: the resources that were asked for; without any, the resource server's
    identifier when a scope of it was granted, else the issuer. Raises Unavailable."""
    if resources:
        return resources[0] if len(resources) == 1 else list(resources)
    if all(scope in PERSONAL_SCOPES for scope in scopes):
        return issuer
    return _identifier(configuration, application) or issuer


def check_resources(
    configuration: Configuration, application: Application, issuer: str, resources: Resources
) -> None:
    """Raises InvalidTarget unless every resource is one that this client's tokens can be for;
    so for a relative one, and for one with a fragment (RFC 8707 §2)."""
    if not resources:
        return
    known = (_identifier(configuration, application), issuer)
    if any(resource not in known for resource in resources):
        raise InvalidTarget("a resource is not one that tokens of this application are for")


def narrowed_resources(granted: Resources, wanted: Resources) -> Resources:
    """Return what a token request is given: what was granted, or the part it asks for. Whatever
    may be asked for when nothing was named at sign-in. Raises InvalidTarget (RFC 8707 §2.2)."""
    if granted and not set(wanted) <= set(granted):
        raise InvalidTarget("a resource was not granted at sign-in")
    return wanted or granted


def scope_at(scope: str, issuer: str, resources: Resources) -> str:
    """Return the part of a granted scope that belongs to the resources: at the issuer alone,
    nothing of the resource server. Raises InvalidTarget when nothing is left."""
    if resources != (issuer,) or not scope:
        return scope
    kept = " ".join(one for one in scope.split(" ") if one in PERSONAL_SCOPES)
    if not kept:
        raise InvalidTarget("no granted scope belongs to this resource")
    return kept


def is_management(configuration: Configuration, application: Application) -> bool:
    """Whether the application's tokens may open the management API, which judges a person by what
    they say of the sign-in (docs/adr/0036-suspension-ends-what-was-before.md)."""
    server = resource_server_of(configuration, application)
    return server is not None and server.is_managed


def _identifier(configuration: Configuration, application: Application) -> str:
    if application.resource_server_id is None:
        return ""
    server = resource_server_of(configuration, application)
    if server is None:
        raise Unavailable(detail="the application's resource server is gone")
    return server.identifier


def resource_server_of(
    configuration: Configuration, application: Application
) -> ResourceServer | None:
    """Return the application's resource server; None when it has none, or that is gone."""
    server_id = application.resource_server_id
    if server_id is None:
        return None
    return configuration.find_resource_server(
        application.tenant_id, application.realm_id, server_id
    )
