"""Resource servers of a realm: the APIs that access tokens are for.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/resource-servers
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/resource-servers/{resource_server_id}
Proof: management token with `resource-servers:create`, `:read`, `:update` or `:delete`.
Sources: RFC 6749 §3.3 (scopes), RFC 9068 §2.2 (audience).
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.application import ResourceServer
from keybound.domain.versioned import FIRST_REVISION
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped
from keybound.edge.paging import SHORT_LIST
from keybound.edge.realm_resource import RealmResource
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page

from functions.resource_servers import wiring
from functions.resource_servers.body import (
    NewResourceServerBody,
    ResourceServerBody,
    settings,
)

_SERVERS = RealmResource("ResourceServer", "resource-servers", "resource_server_id")


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _SERVERS.collection(ports.auth, request, "create")
    body = read_wrapped(request, "resource_server", NewResourceServerBody)
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: ports.registry.create(at.where, settings(body), receipt),
        lambda made: tagged(_content(made), FIRST_REVISION),
    )


def list_all(request: Request) -> Response:
    ports = wiring.ports()
    at = _SERVERS.collection(ports.auth, request, "read")
    return answer_page(
        request,
        ports.registry.list(at.where),
        _content,
        plural="resource_servers",
        limits=SHORT_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def read(request: Request) -> Response:
    ports = wiring.ports()
    at = _SERVERS.member(ports.auth, request, "read")
    return read_answer(request, ports.registry.get(at.where, at.id), _content)


def update(request: Request) -> Response:
    ports = wiring.ports()
    at = _SERVERS.member(ports.auth, request, "update")
    changes = settings(read_wrapped(request, "resource_server", ResourceServerBody))
    changed = ports.registry.update(at.where, at.id, changes, precondition(request, _content))
    return tagged(_content(changed.entity), changed.revision)


def delete(request: Request) -> Response:
    ports = wiring.ports()
    at = _SERVERS.member(ports.auth, request, "delete")
    ports.registry.delete(at.where, at.id, precondition(request, _content))
    return deleted()


def _content(server: ResourceServer) -> dict[str, Any]:
    return {
        "id": server.id,
        "realm_id": server.realm_id,
        "tenant_id": server.tenant_id,
        "display_name": server.display_name,
        "is_managed": server.is_managed,
        "identifier": server.identifier,
        "scopes": server.scopes,
        "scopes_by_role": server.scopes_by_role,
    }


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/resource-servers"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{resource_server_id}": Route(
        {"GET": read, "PATCH": update, "DELETE": delete}, management_error
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="resource_servers")
