"""What the management API says of itself to clients that have no token yet.

`GET /.well-known/oauth-protected-resource/v1/tenants/{tenant_id}` (RFC 9728 §3). Readable from
every origin and looked up nowhere: the document of an unknown tenant is as good as any other, so
nothing is learned from it. It names no authorization server, because each application is one of its
own: whoever may call knows theirs.
"""

from typing import Any

from keybound.domain.errors import NotFound
from keybound.domain.ids import TenantId, is_hex_id
from keybound.domain.issuer import management_audience
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.edge.cors import public_headers, public_preflight
from keybound.edge.errors import JSON, management_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import PROTECTED_RESOURCE

CACHE_S = 300


def read(request: Request) -> Response:
    """Answer with the metadata of one tenant's management API (§2)."""
    tenant_id = request.path.get("tenant_id", "")
    if not is_hex_id(tenant_id):
        raise NotFound("Tenant", tenant_id)
    content = {
        "resource": management_audience(composition.settings().api_base_url, TenantId(tenant_id)),
        "scopes_supported": list(MANAGEMENT_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Keybound management API",
    }
    return Response(200, to_json(content), {**JSON, "cache-control": f"public, max-age={CACHE_S}"})


ROUTES = {
    PROTECTED_RESOURCE: Route({"GET": read}, management_error, public_preflight, public_headers)
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="protected_resource")
