"""Realms of a tenant.

GET, POST  /v1/tenants/{tenant_id}/realms
GET        /v1/tenants/{tenant_id}/realms/{realm_id}
Proof: management token with `realms:read` or `realms:create`.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.clock import rfc3339
from keybound.domain.errors import NotFound
from keybound.domain.tenancy import Realm
from keybound.edge.api_auth import Caller
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import read_wrapped, resource
from keybound.edge.paging import LONG_LIST
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page

from functions.realms import wiring
from functions.realms.body import RealmBody


def create(request: Request) -> Response:
    ports, caller = wiring.ports(), _caller(request, "realms:create")
    body = read_wrapped(request, "realm", RealmBody)
    name, kind = body.display_name, body.classification
    return ports.once.answer(
        request,
        caller,
        lambda receipt: ports.registry.create(caller.tenant_id, name, kind, receipt),
        lambda made: resource(_content(made)),
    )


def read(request: Request) -> Response:
    realm_id = request.path.get("realm_id", "")
    missing = NotFound("Realm", realm_id)
    caller = wiring.ports().auth.require(request, "realms:read", missing=missing)
    return resource(_content(wiring.ports().registry.get(caller.tenant_id, realm_id)))


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
    "/v1/tenants/{tenant_id}/realms/{realm_id}": Route({"GET": read}, management_error),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="realms")
