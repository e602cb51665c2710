"""Issuers: one per application, built from settings and never from a request's headers."""

from keybound.domain.ids import ApplicationId, RealmId, TenantId


def issuer_url(
    auth_base_url: str, tenant_id: TenantId, realm_id: RealmId, application_id: ApplicationId
) -> str:
    """Return `{auth_base_url}/v1/tenants/{t}/realms/{r}/applications/{a}` (RFC 8414 §2)."""
    return f"{auth_base_url}/v1/tenants/{tenant_id}/realms/{realm_id}/applications/{application_id}"


def management_audience(api_base_url: str, tenant_id: TenantId) -> str:
    """Return the reserved `aud` of a tenant's management tokens."""
    return f"{api_base_url}/v1/tenants/{tenant_id}"
