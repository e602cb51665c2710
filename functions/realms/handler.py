"""Realms of a tenant.

GET, POST           /v1/tenants/{tenant_id}/realms
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}
Proof: management token with `realms:create`, `:read`, `:update` or `:delete`.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.clock import rfc3339
from keybound.domain.errors import NotFound
from keybound.domain.ids import TenantId
from keybound.domain.tenancy import Realm
from keybound.domain.versioned import FIRST_REVISION
from keybound.edge.api_auth import Caller
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped
from keybound.edge.paging import LONG_LIST
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page

from functions.realms import wiring
from functions.realms.body import RealmBody, RealmChangeBody


def create(request: Request) -> Response:
    ports, caller = wiring.ports(), _caller(request, "realms:create")
    body = read_wrapped(request, "realm", RealmBody)
    name, kind = body.display_name, body.classification
    return ports.once.answer(
        request,
        caller,
        lambda receipt: ports.registry.create(caller.tenant_id, name, kind, receipt),
        lambda made: tagged(_content(made), FIRST_REVISION),
    )


def read(request: Request) -> Response:
    tenant_id, realm_id = _named(request, "realms:read")
    return read_answer(request, wiring.ports().registry.get(tenant_id, realm_id), _content)


def update(request: Request) -> Response:
    tenant_id, realm_id = _named(request, "realms:update")
    changes = read_wrapped(request, "realm", RealmChangeBody).settings()
    unchanged = precondition(request, _content)
    changed = wiring.ports().registry.update(tenant_id, realm_id, changes, unchanged)
    return tagged(_content(changed.entity), changed.revision)


def delete(request: Request) -> Response:
    tenant_id, realm_id = _named(request, "realms:delete")
    wiring.ports().registry.delete(tenant_id, realm_id, precondition(request, _content))
    return deleted()


def _named(request: Request, scope: str) -> tuple[TenantId, str]:
    realm_id = request.path.get("realm_id", "")
    missing = NotFound("Realm", realm_id)
    caller = wiring.ports().auth.require(request, scope, missing=missing)
    return caller.tenant_id, realm_id


def list_all(request: Request) -> Response:
    ports, caller = wiring.ports(), _caller(request, "realms:read")
    return answer_page(
        request,
        ports.registry.list(caller.tenant_id),
        _content,
        plural="realms",
        limits=LONG_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def _caller(request: Request, scope: str) -> Caller:
    missing = NotFound("Tenant", request.path.get("tenant_id", ""))
    return wiring.ports().auth.require(request, scope, missing=missing)


def _content(realm: Realm) -> dict[str, Any]:
    return {
        "id": realm.id,
        "tenant_id": realm.tenant_id,
        "display_name": realm.display_name,
        "classification": realm.classification,
        "create_time": rfc3339(realm.create_time),
        "update_time": rfc3339(realm.update_time),
    }


ROUTES: dict[str, Route] = {
    "/v1/tenants/{tenant_id}/realms": Route({"GET": list_all, "POST": create}, management_error),
    "/v1/tenants/{tenant_id}/realms/{realm_id}": Route(
        {"GET": read, "PATCH": update, "DELETE": delete}, management_error
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="realms")
