"""Resource servers in the Directory: one item each, in their realm's partition.

The claim on an identifier is an item whose key is the hash of its normal form. It is written in
the same transaction as the resource server, on condition that nobody holds it.
"""

from typing import Any

from keybound.domain.application import ResourceServer
from keybound.domain.audience_form import normal_form
from keybound.domain.receipt import Writes
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.realm_items import RealmItems
from keybound.storage.table import Table


class ResourceServers:
    """Satisfies `keybound.directory.ports_access.ResourceServers`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._table = directory
        self._items = RealmItems(directory, ResourceServer, keys.resource_server, randomness)

    def find(self, where: RealmPath, server_id: str) -> Versioned[ResourceServer] | None:
        return self._items.find(where, server_id)

    def all(self, where: RealmPath) -> tuple[ResourceServer, ...]:
        return self._items.all(where)

    def is_taken(self, where: RealmPath, identifier: str, *, by_other_than: str) -> bool:
        claim = self._table.get(_claim_key(where, identifier))
        return claim is not None and claim["resource_server_id"] != by_other_than

    def create(self, server: ResourceServer, also: Writes = ()) -> bool:
        return self._items.create(server, [self._claim(server), *also])

    def replace(self, before: Versioned[ResourceServer], after: ResourceServer) -> bool:
        if normal_form(before.entity.identifier) == normal_form(after.identifier):
            return self._items.replace(before, after)
        also = [self._claim(after), self._release(before.entity)]
        return self._items.replace(before, after, also)

    def remove(self, before: Versioned[ResourceServer]) -> bool:
        return self._items.remove(before, [self._release(before.entity)])

    def reference(
        self, where: RealmPath, server_id: str, seen: Versioned[ResourceServer] | None = None
    ) -> dict[str, Any]:
        """Return the write by which an application or a role begins to refer to it."""
        return self._items.reference(where, server_id, seen)

    def _claim(self, server: ResourceServer) -> dict[str, Any]:
        key = _claim_key(RealmPath(server.tenant_id, server.realm_id), server.identifier)
        item = {**key._asdict(), "resource_server_id": server.id}
        return self._table.put_write(item, "attribute_not_exists(pk)")

    def _release(self, server: ResourceServer) -> dict[str, Any]:
        key = _claim_key(RealmPath(server.tenant_id, server.realm_id), server.identifier)
        # One that was stored without a claim has none to give back, and takes nobody else's.
        condition = "attribute_not_exists(pk) OR resource_server_id = :id"
        return self._table.delete_write(key, condition, values={":id": server.id})


def _claim_key(where: RealmPath, identifier: str) -> keys.Key:
    return keys.audience(where.tenant_id, where.realm_id, normal_form(identifier))
