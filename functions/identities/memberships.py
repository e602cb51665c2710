"""What an identity is a member of, itself: groups, and roles of one resource server.

A role that it holds through a group is listed with the group (`groups/{group_id}:listRoles`).
"""

from keybound.directory.groups import roles_of_server
from keybound.directory.identities import get_identity, not_found
from keybound.domain.identity import Identity
from keybound.domain.tenancy import RealmPath
from keybound.edge.access_resources import group_content
from keybound.edge.action_route import split_action
from keybound.edge.http import Request, Response
from keybound.edge.paging import LONG_LIST
from keybound.edge.realm_path import realm_path
from keybound.edge.role_pages import answer_roles, resource_server_parameter
from keybound.edge.short_lists import answer_page

from functions.identities import wiring


def list_groups(request: Request) -> Response:
    ports = wiring.ports()
    identity = _identity(request, "groups:read")
    groups = wiring.access().groups.find_many(_path(identity), sorted(identity.group_ids))
    return answer_page(
        request,
        groups,
        group_content,
        plural="groups",
        limits=LONG_LIST,
        sealer=ports.page_sealer,
        now=ports.flows.clock(),
    )


def list_roles(request: Request) -> Response:
    ports, access = wiring.ports(), wiring.access()
    identity = _identity(request, "roles:read", "resource-servers:read")
    server_id = resource_server_parameter(request)
    roles = roles_of_server(access.resource_servers, access.roles, _path(identity), server_id)
    held = [role for role in roles if role.id in identity.role_ids]
    return answer_roles(request, held, server_id, sealer=ports.page_sealer, now=ports.flows.clock())


def _identity(request: Request, *scopes: str) -> Identity:
    identity_id, _ = split_action(request.path.get("identity_id", ""))
    missing = not_found(identity_id)
    wiring.ports().auth.require(request, "identities:read", *scopes, missing=missing)
    return get_identity(wiring.ports().flows, realm_path(request, missing), identity_id)


def _path(identity: Identity) -> RealmPath:
    return RealmPath(identity.tenant_id, identity.realm_id)
