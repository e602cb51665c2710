"""Configuration of a realm: one item each, in the realm's own partition, in the order of ids.

A creation refers to the realm in its own transaction, and the removal of a realm is conditional on
what refers to it: nothing is created in a realm that is gone, whichever of the two came first.
"""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from keybound.domain.ids import RealmId, TenantId
from keybound.domain.receipt import Writes
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.keys import Key
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table


class InRealm(Protocol):
    """An entity that says where it lives."""

    @property
    def id(self) -> str: ...

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def realm_id(self) -> RealmId: ...


_Kept = TypeVar("_Kept", bound=InRealm)
KeyOf = Callable[[TenantId, RealmId, Any], Key]


class RealmItems(Generic[_Kept]):
    """Entities of one kind, found by realm and id.

    key: one of `keybound.storage.keys`; with an empty id its sort key begins all of the kind.
    also: writes of other items that apply together with this one or not at all.
    """

    def __init__(
        self, directory: Table, kind: type[_Kept], key: KeyOf, randomness: Randomness
    ) -> None:
        self._items = RevisedItems(directory, kind, randomness)
        self._key = key

    def find(self, where: RealmPath, entity_id: str) -> Versioned[_Kept] | None:
        return self._items.find(self._key(where.tenant_id, where.realm_id, entity_id))

    def all(self, where: RealmPath) -> tuple[_Kept, ...]:
        return self._items.all(*self._key(where.tenant_id, where.realm_id, ""))

    def create(self, entity: _Kept, also: Writes = ()) -> bool:
        """False when any condition failed: its realm is gone, its id is taken, one of `also`."""
        gate = self._items.reference_write(keys.realm(entity.tenant_id, entity.realm_id))
        return self._items.create(self.key_of(entity), entity, [gate, *also])

    def replace(self, before: Versioned[_Kept], after: _Kept, also: Writes = ()) -> bool:
        return self._items.replace(self.key_of(after), before, after, also)

    def remove(self, before: Versioned[_Kept], also: Writes = ()) -> bool:
        return self._items.remove(self.key_of(before.entity), before, also)

    def reference(
        self, where: RealmPath, entity_id: str, seen: Versioned[_Kept] | None = None
    ) -> dict[str, Any]:
        """Return the write by which another item's transaction begins to refer to this one, as
        long as it is there and, if `seen` is given, unchanged since."""
        key = self._key(where.tenant_id, where.realm_id, entity_id)
        return self._items.reference_write(key, seen)

    def key_of(self, entity: _Kept) -> Key:
        return self._key(entity.tenant_id, entity.realm_id, entity.id)
