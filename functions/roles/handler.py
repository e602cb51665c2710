"""Roles of a resource server: who is granted which of its scopes.

GET, POST           …/realms/{realm_id}/resource-servers/{resource_server_id}/roles
GET, PATCH, DELETE  …/roles/{role_id}
POST                …/roles/{role_id}:addMembers, :deleteMembers, :addScopes, :deleteScopes
GET                 …/roles/{role_id}:listMembers, :listScopes
Proof: management token with `roles:create`, `:read`, `:update` or `:delete`; the verbs also need
`groups:read` and `identities:read`, or `resource-servers:read`.
"""

from collections.abc import Mapping
from typing import Any

from keybound.directory.role_members import Members
from keybound.domain.versioned import FIRST_REVISION
from keybound.edge.access_resources import role_content
from keybound.edge.action_route import action_route
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped, resource
from keybound.edge.member_pages import answer_role_members
from keybound.edge.paging import LONG_LIST
from keybound.edge.realm_resource import RealmResource
from keybound.edge.role_pages import answer_roles
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_texts
from keybound.edge.text_lists import read_lists

from functions.roles import wiring
from functions.roles.body import NewRoleBody, RoleBody, settings

_ROLES = RealmResource("Role", "roles", "role_action", has_verbs=True)
_SEE_MEMBERS = ("groups:read", "identities:read")
_SEE_SERVER = "resource-servers:read"


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.collection(ports.auth, request, "create")
    body = read_wrapped(request, "role", NewRoleBody)
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: ports.registry.create(at.where, _server(request), settings(body), receipt),
        lambda made: tagged(role_content(made), FIRST_REVISION),
    )


def list_all(request: Request) -> Response:
    ports = wiring.ports()
    at, server_id = _ROLES.collection(ports.auth, request, "read"), _server(request)
    roles = ports.registry.list(at.where, server_id)
    return answer_roles(request, roles, server_id, sealer=ports.page_sealer, now=ports.clock())


def read(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.member(ports.auth, request, "read")
    return read_answer(
        request, ports.registry.read(at.where, _server(request), at.id), role_content
    )


def update(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.member(ports.auth, request, "update")
    changes = settings(read_wrapped(request, "role", RoleBody))
    expected = precondition(request, role_content)
    changed = ports.registry.update(at.where, _server(request), at.id, changes, expected)
    return tagged(role_content(changed.entity), changed.revision)


def delete(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.member(ports.auth, request, "delete")
    ports.registry.delete(at.where, _server(request), at.id, precondition(request, role_content))
    return deleted()


def add_members(request: Request) -> Response:
    at = _ROLES.member(wiring.ports().auth, request, "update", *_SEE_MEMBERS)
    flow, members = wiring.members().flow, _members(request)
    role = flow.add(at.where, _server(request), at.id, members, at.caller.scopes)
    return resource(role_content(role))


def delete_members(request: Request) -> Response:
    at = _ROLES.member(wiring.ports().auth, request, "update", *_SEE_MEMBERS)
    flow, members = wiring.members().flow, _members(request)
    return resource(role_content(flow.remove(at.where, _server(request), at.id, members)))


def list_members(request: Request) -> Response:
    ports, stored = wiring.ports(), wiring.members()
    at = _ROLES.member(ports.auth, request, "read", *_SEE_MEMBERS)
    role = ports.registry.get(at.where, _server(request), at.id)
    groups = stored.groups.find_many(at.where, sorted(role.group_ids))
    return answer_role_members(
        request,
        stored.memberships,
        role,
        groups,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def add_scopes(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.member(ports.auth, request, "update", _SEE_SERVER)
    scopes = read_lists(request, "scopes")["scopes"]
    server_id, caller = _server(request), at.caller
    role = ports.registry.add_scopes(at.where, server_id, at.id, scopes, caller.scopes)
    return resource(role_content(role))


def delete_scopes(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.member(ports.auth, request, "update", _SEE_SERVER)
    scopes = read_lists(request, "scopes")["scopes"]
    role = ports.registry.delete_scopes(at.where, _server(request), at.id, scopes)
    return resource(role_content(role))


def list_scopes(request: Request) -> Response:
    ports = wiring.ports()
    at = _ROLES.member(ports.auth, request, "read", _SEE_SERVER)
    role = ports.registry.get(at.where, _server(request), at.id)
    return answer_texts(
        request,
        sorted(role.scopes),
        plural="scopes",
        limits=LONG_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def _server(request: Request) -> str:
    return request.path.get("resource_server_id", "")


def _members(request: Request) -> Members:
    lists = read_lists(request, "identity_ids", "group_ids")
    return Members(lists["identity_ids"], lists["group_ids"])


_COLLECTION = (
    "/v1/tenants/{tenant_id}/realms/{realm_id}/resource-servers/{resource_server_id}/roles"
)

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{role_action}": action_route(
        "role_action",
        {
            "": {"GET": read, "PATCH": update, "DELETE": delete},
            "addMembers": {"POST": add_members},
            "deleteMembers": {"POST": delete_members},
            "listMembers": {"GET": list_members},
            "addScopes": {"POST": add_scopes},
            "deleteScopes": {"POST": delete_scopes},
            "listScopes": {"GET": list_scopes},
        },
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="roles")
