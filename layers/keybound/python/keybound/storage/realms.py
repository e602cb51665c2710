"""Realms in the Directory: one item each, in their tenant's partition."""

from keybound.domain.ids import RealmId, TenantId
from keybound.domain.receipt import Writes
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table


class Realms:
    """Satisfies `keybound.directory.ports_configuration.Realms`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RevisedItems(directory, Realm, randomness)

    def create(self, realm: Realm, also: Writes = ()) -> bool:
        return self._items.create(keys.realm(realm.tenant_id, realm.id), realm, also)

    def find(self, tenant_id: TenantId, realm_id: RealmId) -> Realm | None:
        found = self._items.find(keys.realm(tenant_id, realm_id))
        return None if found is None else found.entity

    def read(self, tenant_id: TenantId, realm_id: RealmId) -> Versioned[Realm] | None:
        return self._items.find(keys.realm(tenant_id, realm_id))

    def replace(self, before: Versioned[Realm], after: Realm) -> bool:
        return self._items.replace(keys.realm(after.tenant_id, after.id), before, after)

    def all(self, tenant_id: TenantId) -> tuple[Realm, ...]:
        return self._items.all(*keys.realm(tenant_id, RealmId("")))
