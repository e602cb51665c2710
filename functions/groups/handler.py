"""Groups of a realm.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/groups
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/groups/{group_id}
POST                …/groups/{group_id}:addMembers, :deleteMembers
GET                 …/groups/{group_id}:listMembers, :listRoles?resource_server_id=
Proof: management token with `groups:create`, `:read`, `:update` or `:delete`; the verbs also need
`identities:read`, or `roles:read` and `resource-servers:read`.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.versioned import FIRST_REVISION
from keybound.edge.access_resources import group_content
from keybound.edge.action_route import action_route
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped, resource
from keybound.edge.member_pages import answer_group_members
from keybound.edge.realm_pages import answer_realm_page
from keybound.edge.realm_resource import RealmResource
from keybound.edge.role_pages import answer_roles, resource_server_parameter
from keybound.edge.room import Route, run
from keybound.edge.text_lists import read_lists

from functions.groups import wiring
from functions.groups.body import GroupBody, NewGroupBody, settings

_GROUPS = RealmResource("Group", "groups", "group_action", has_verbs=True)
_SEE_PEOPLE = "identities:read"
_SEE_ROLES = ("roles:read", "resource-servers:read")


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.collection(ports.auth, request, "create")
    body = read_wrapped(request, "group", NewGroupBody)
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: ports.registry.create(at.where, settings(body), receipt),
        lambda made: tagged(group_content(made), FIRST_REVISION),
    )


def list_all(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.collection(ports.auth, request, "read")
    ports.registry.check_realm(at.where)
    return answer_realm_page(
        request,
        at.where,
        wiring.stored().groups,
        group_content,
        plural="groups",
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def read(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "read")
    return read_answer(request, ports.registry.read(at.where, at.id), group_content)


def update(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "update")
    changes = settings(read_wrapped(request, "group", GroupBody))
    expected = precondition(request, group_content)
    changed = ports.registry.update(at.where, at.id, changes, expected)
    return tagged(group_content(changed.entity), changed.revision)


def delete(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "delete")
    ports.registry.delete(at.where, at.id, precondition(request, group_content))
    return deleted()


def add_members(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "update", _SEE_PEOPLE)
    ids = read_lists(request, "identity_ids")["identity_ids"]
    group = ports.registry.add_members(at.where, at.id, ids, at.caller.scopes)
    return resource(group_content(group))


def delete_members(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "update", _SEE_PEOPLE)
    ids = read_lists(request, "identity_ids")["identity_ids"]
    return resource(group_content(ports.registry.delete_members(at.where, at.id, ids)))


def list_members(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "read", _SEE_PEOPLE)
    return answer_group_members(
        request,
        wiring.stored().memberships,
        ports.registry.get(at.where, at.id),
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def list_roles(request: Request) -> Response:
    ports = wiring.ports()
    at = _GROUPS.member(ports.auth, request, "read", *_SEE_ROLES)
    server_id = resource_server_parameter(request)
    return answer_roles(
        request,
        ports.registry.roles_of(at.where, at.id, server_id),
        server_id,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/groups"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{group_action}": action_route(
        "group_action",
        {
            "": {"GET": read, "PATCH": update, "DELETE": delete},
            "addMembers": {"POST": add_members},
            "deleteMembers": {"POST": delete_members},
            "listMembers": {"GET": list_members},
            "listRoles": {"GET": list_roles},
        },
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="groups")
