"""Groups in the Directory: one item each, in a partition of its own, with its members."""

from collections.abc import Sequence

from keybound.domain.group import Group
from keybound.domain.ids import GroupId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.codec import decode
from keybound.storage.contention import Contention
from keybound.storage.realm_counts import GROUPS, count_write, total
from keybound.storage.realm_lists import Start, list_attributes, realm_list
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table

_BATCH = 100


class Groups:
    """Satisfies `keybound.directory.ports_access.Groups`."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention
        self._items = RevisedItems(directory, Group, contention.randomness)

    def find(self, where: RealmPath, group_id: str) -> Versioned[Group] | None:
        return self._items.find(keys.group(where.tenant_id, where.realm_id, GroupId(group_id)))

    def find_many(self, where: RealmPath, group_ids: Sequence[str]) -> list[Group]:
        wanted = [keys.group(where.tenant_id, where.realm_id, GroupId(g)) for g in group_ids]
        found = []
        for first in range(0, len(wanted), _BATCH):
            found += self._table.get_many(wanted[first : first + _BATCH])
        return [decode(Group, item) for item in found if item is not None]

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Group], dict[str, str] | None]:
        return realm_list(self._table, Group, path, GROUPS, size=size, skip=skip, start=start)

    def total(self, path: RealmPath) -> int:
        return total(self._table, path, GROUPS)

    def create(self, group: Group, also: Writes = ()) -> bool:
        where = RealmPath(group.tenant_id, group.realm_id)
        listed = list_attributes(where, GROUPS, group.create_time, group.id)
        return self._items.create(_key(group), group, [self._count(where, 1), *also], listed)

    def replace(self, before: Versioned[Group], after: Group) -> bool:
        return self._items.replace(_key(after), before, after)

    def remove(self, before: Versioned[Group]) -> bool:
        group = before.entity
        count = self._count(RealmPath(group.tenant_id, group.realm_id), -1)
        return self._items.remove(_key(group), before, [count], "member_count = :none", none=0)

    def _count(self, where: RealmPath, change: int) -> dict[str, object]:
        shard = self._contention.draw(keys.COUNT_SHARDS)
        return count_write(self._table, where, GROUPS, shard, change)


def _key(group: Group) -> keys.Key:
    return keys.group(group.tenant_id, group.realm_id, group.id)
