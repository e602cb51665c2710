"""What groups and roles decide about a token (docs/adr/0030-scopes-by-role.md).

A person's item, which is read for every token, says which groups and roles the person is a member
of; the roles of a resource server are cached configuration. So none of this costs a round trip.
"""

from collections.abc import Iterable
from typing import Any

from keybound.domain.application import Application
from keybound.domain.errors import Unavailable
from keybound.domain.group import Role
from keybound.domain.identity import Identity
from keybound.oauth.audience import resource_server_of
from keybound.oauth.ports import Configuration
from keybound.oauth.scopes import GROUPS, PERSONAL_SCOPES, ROLES


def granted_now(
    configuration: Configuration, application: Application, identity: Identity, scope: str
) -> str:
    """Return the part of a granted scope that the person may have just now, maybe nothing.

    Scopes about the person stay. Of the resource server's, those that it still has; and where it
    grants by role, those of the roles that the person holds. Raises Unavailable.
    """
    offered = still_offered(configuration, application, scope.split(" "))
    server = resource_server_of(configuration, application)
    if server is None or not server.scopes_by_role or set(offered) <= set(PERSONAL_SCOPES):
        return " ".join(offered)
    held = {s for role in _roles(configuration, application, identity) for s in role.scopes}
    return " ".join(one for one in offered if one in PERSONAL_SCOPES or one in held)


def still_offered(
    configuration: Configuration, application: Application, scopes: Iterable[str]
) -> tuple[str, ...]:
    """Return `scopes` without those that the application's resource server has no longer.
    Raises Unavailable when that is gone."""
    scopes = tuple(scopes)
    if application.resource_server_id is None or set(scopes) <= set(PERSONAL_SCOPES):
        return scopes
    server = resource_server_of(configuration, application)
    if server is None:
        raise Unavailable(detail="the application's resource server is gone")
    return tuple(one for one in scopes if one in PERSONAL_SCOPES or one in server.scopes)


def membership_claims(
    configuration: Configuration,
    application: Application,
    identity: Identity,
    scopes: Iterable[str],
) -> dict[str, Any]:
    """Return what the scopes `groups` and `roles` release: ids, sorted (RFC 9068 §2.2.3.1).

    Ids and not names, because names may repeat: who may make a group could give it the name of
    another one. Roles are those of the application's resource server, also through groups.
    """
    content: dict[str, Any] = {}
    if GROUPS in scopes:
        content["groups"] = sorted(identity.group_ids)
    if ROLES in scopes:
        held = _roles(configuration, application, identity)
        content["roles"] = sorted(role.id for role in held)
    return content


def _roles(
    configuration: Configuration, application: Application, identity: Identity
) -> tuple[Role, ...]:
    server_id = application.resource_server_id
    if server_id is None or not (identity.role_ids or identity.group_ids):
        return ()
    roles = configuration.find_roles(application.tenant_id, application.realm_id, server_id)
    return tuple(
        role
        for role in roles
        if role.id in identity.role_ids or not role.group_ids.isdisjoint(identity.group_ids)
    )
