"""Tenants and realms: every other resource lives in exactly one realm of one tenant."""

from dataclasses import dataclass

from keybound.domain.ids import RealmId, TenantId


@dataclass(frozen=True)
class Tenant:
    """A customer of the deployment. Times are epoch seconds."""

    id: TenantId
    display_name: str
    create_time: int
    update_time: int


@dataclass(frozen=True)
class Realm:
    """A container of identities, applications and settings. `is_admin` marks the one realm of a
    tenant whose managed application issues management tokens."""

    id: RealmId
    tenant_id: TenantId
    display_name: str
    create_time: int
    update_time: int
    classification: str = "SECURE_CUSTOMER"
    is_admin: bool = False


@dataclass(frozen=True)
class RealmPath:
    """Where a resource lives: tenant and realm, as they stand in every path."""

    tenant_id: TenantId
    realm_id: RealmId

    def __str__(self) -> str:
        return f"tenants/{self.tenant_id}/realms/{self.realm_id}"
