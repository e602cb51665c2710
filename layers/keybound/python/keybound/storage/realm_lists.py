"""Lists of a realm in order of creation, by the index `by_list`, or filtered by another.

The index says only where to look: every item is read again, consistently, before it is shown. What
was created within the last moments may not be in the index yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item, decode
from keybound.storage.keys import Key
from keybound.storage.list_indexes import LIST, ListIndex
from keybound.storage.table import Table

_BATCH = 100
_Entity = TypeVar("_Entity")
Start = Mapping[str, str]


def list_attributes(path: RealmPath, kind: str, create_time: int, resource_id: str) -> Item:
    """Return the attributes that put an item into its realm's list."""
    return {
        "lpk": keys.list_partition(path.tenant_id, path.realm_id, kind),
        "lsk": keys.list_sort(create_time, resource_id),
    }


def realm_list(
    table: Table,
    entity: type[_Entity],
    path: RealmPath,
    kind: str,
    *,
    size: int,
    skip: int = 0,
    start: Start | None = None,
) -> tuple[list[_Entity], dict[str, str] | None]:
    """Return up to `size` resources and, if there are more, the key to go on from."""
    part = Part(LIST, keys.list_partition(path.tenant_id, path.realm_id, kind))
    return indexed_list(table, entity, part, size=size, skip=skip, start=start)


@dataclass(frozen=True)
class Part:
    """One partition of an index, or of it what begins with `prefix`."""

    index: ListIndex
    partition: str
    prefix: str = ""


def indexed_list(
    table: Table,
    entity: type[_Entity],
    part: Part,
    *,
    size: int,
    skip: int = 0,
    start: Start | None = None,
) -> tuple[list[_Entity], dict[str, str] | None]:
    """Return up to `size` resources of a part and, if there are more, the key to go on from."""
    found = _entries(table, part, skip + size + 1, start)
    wanted, more = found[skip : skip + size], len(found) > skip + size
    places = [Key(entry["pk"], entry["sk"]) for entry in wanted]
    items: list[Item | None] = []
    for first in range(0, len(places), _BATCH):
        items += table.get_many(places[first : first + _BATCH])
    names = ("pk", "sk", part.index.pk, part.index.sk)
    last = {name: str(wanted[-1][name]) for name in names} if more else None
    return [decode(entity, item) for item in items if item is not None], last


def _entries(table: Table, part: Part, wanted: int, start: Start | None) -> list[Item]:
    condition, values = f"{part.index.pk} = :partition", {":partition": part.partition}
    if part.prefix:
        condition += f" AND begins_with({part.index.sk}, :prefix)"
        values[":prefix"] = part.prefix
    found: list[Item] = []
    last: Mapping[str, object] | None = start
    while len(found) < wanted:
        page, last = table.query(
            condition,
            values,
            index=part.index.name,
            limit=wanted - len(found),
            start=last,
        )
        found += page
        if not last:
            break
    return found
