"""Tenant and realm of a path, for rooms of both hosts."""

from keybound.domain.errors import NotFound
from keybound.domain.ids import RealmId, TenantId, is_hex_id
from keybound.domain.tenancy import RealmPath
from keybound.edge.http import Request


def realm_path(request: Request, missing: NotFound) -> RealmPath:
    """Return tenant and realm of the path. Raises `missing` for ids of another form."""
    tenant_id, realm_id = request.path.get("tenant_id", ""), request.path.get("realm_id", "")
    if not (is_hex_id(tenant_id) and is_hex_id(realm_id)):
        raise missing
    return RealmPath(TenantId(tenant_id), RealmId(realm_id))
