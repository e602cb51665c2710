"""Removing a realm: all that could fill it again is closed in the transaction that removes it.

Identities and groups count themselves in shards, which are closed if they add up to none. Roles,
like all configuration, raise the realm's `reference_epoch` when they are made, on which the removal
is conditional. So of a creation and the removal at the same time one succeeds, and what the realm
still holds afterwards can be cleared away at leisure: nobody finds it (`storage/configuration.py`).
"""

from typing import Any

from keybound.domain.audience_form import normal_form
from keybound.domain.errors import Conflict
from keybound.domain.ids import ApplicationId
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.keys import Key
from keybound.storage.realm_counts import CHILDREN, closing_writes
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table

HAS_CHILDREN = "realm has children"
_BATCH = 45
_MAX_BATCHES = 50


class RealmRemoval:
    """Satisfies `keybound.directory.ports_tenancy.RealmRemoval`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._table = directory
        self._items = RevisedItems(directory, Realm, randomness)
        self._randomness = randomness

    def remove(self, before: Versioned[Realm]) -> bool:
        where = RealmPath(before.entity.tenant_id, before.entity.id)
        closing = []
        for kind in CHILDREN:
            writes = closing_writes(self._table, where, kind)
            if writes is None:
                raise Conflict(HAS_CHILDREN)
            closing += writes
        if self._query(where, keys.ROLE_PREFIX, limit=1):
            raise Conflict(HAS_CHILDREN)
        return self._items.remove(keys.realm(where.tenant_id, where.realm_id), before, closing)

    def clear(self, where: RealmPath) -> bool:
        if self._table.get(keys.realm(where.tenant_id, where.realm_id)) is not None:
            raise ValueError("the realm exists")
        for _ in range(_MAX_BATCHES):
            items = self._query(where, "", limit=_BATCH)
            if not items:
                return True
            writes = [write for item in items for write in self._removals(where, item)]
            self._table.transact(writes, self._randomness(16).hex())
        return False

    def _removals(self, where: RealmPath, item: Item) -> list[dict[str, Any]]:
        gone = [Key(item["pk"], item["sk"])]
        if identifier := item.get("identifier"):  # a resource server's, whose claim goes with it
            form = normal_form(identifier)
            gone.append(keys.audience(where.tenant_id, where.realm_id, form))
        return [self._table.delete_write(key) for key in gone]

    def _query(self, where: RealmPath, prefix: str, *, limit: int) -> list[Item]:
        pk = keys.application(where.tenant_id, where.realm_id, ApplicationId("")).pk
        if not prefix:
            return self._table.query("pk = :pk", {":pk": pk}, limit=limit)[0]
        values = {":pk": pk, ":prefix": prefix}
        return self._table.query("pk = :pk AND begins_with(sk, :prefix)", values, limit=limit)[0]
