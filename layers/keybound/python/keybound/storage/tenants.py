"""Tenants in the Directory: one item each, in a partition with their realms."""

from keybound.domain.ids import TenantId
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Tenant
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table


class Tenants:
    """Satisfies `keybound.directory.ports_tenancy.Tenants`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RevisedItems(directory, Tenant, randomness)

    def find(self, tenant_id: TenantId) -> Versioned[Tenant] | None:
        return self._items.find(keys.tenant(tenant_id))

    def replace(self, before: Versioned[Tenant], after: Tenant) -> bool:
        return self._items.replace(keys.tenant(after.id), before, after)
