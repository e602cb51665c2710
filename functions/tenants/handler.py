"""The tenant of the caller.

GET, PATCH  /v1/tenants/{tenant_id}
Proof: management token with `tenants:read` or `tenants:update`.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.clock import rfc3339
from keybound.domain.errors import NotFound
from keybound.domain.ids import TenantId
from keybound.domain.tenancy import Tenant
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import read_wrapped
from keybound.edge.room import Route, run

from functions.tenants import wiring
from functions.tenants.body import TenantBody


def read(request: Request) -> Response:
    tenant_id = _tenant(request, "tenants:read")
    return read_answer(request, wiring.ports().registry.get(tenant_id), _content)


def update(request: Request) -> Response:
    tenant_id = _tenant(request, "tenants:update")
    name = read_wrapped(request, "tenant", TenantBody).new_name
    unchanged = precondition(request, _content)
    changed = wiring.ports().registry.update(tenant_id, name, unchanged)
    return tagged(_content(changed.entity), changed.revision)


def _tenant(request: Request, scope: str) -> TenantId:
    missing = NotFound("Tenant", request.path.get("tenant_id", ""))
    return wiring.ports().auth.require(request, scope, missing=missing).tenant_id


def _content(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.id,
        "display_name": tenant.display_name,
        "create_time": rfc3339(tenant.create_time),
        "update_time": rfc3339(tenant.update_time),
    }


ROUTES: dict[str, Route] = {
    "/v1/tenants/{tenant_id}": Route({"GET": read, "PATCH": update}, management_error),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="tenants")
