"""Small entities that several administrators may edit at once: optimistic writes by revision.

Items carry `revision`, which every change raises, and `put_id`, the attempt that wrote them last.
An update writes only the attributes that differ, so that what others keep on the item stays.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic

from keybound.domain.secrets import Randomness
from keybound.domain.versioned import Entity, Versioned
from keybound.storage.codec import Item, decode, encode
from keybound.storage.contention import Contention
from keybound.storage.keys import Key
from keybound.storage.table import ConditionFailed, Contended, Table, TransactionFailed

_ABSENT = "attribute_not_exists(pk)"


class RevisedItems(Generic[Entity]):
    """Items of one kind in the Directory."""

    def __init__(self, directory: Table, kind: type[Entity], randomness: Randomness) -> None:
        self._table = directory
        self._kind = kind
        self._randomness = randomness
        self._contention = Contention(randomness)

    def find(self, key: Key) -> Versioned[Entity] | None:
        item = self._table.get(key)
        return None if item is None else self._versioned(item)

    def all(self, pk: str, prefix: str) -> tuple[Entity, ...]:
        """Return every entity of the partition whose sort key begins so, in its order."""
        condition = "pk = :pk AND begins_with(sk, :prefix)"
        items = self._table.query_all(condition, {":pk": pk, ":prefix": prefix})
        return tuple(decode(self._kind, item) for item in items)

    def create(
        self,
        key: Key,
        entity: Entity,
        also: Sequence[dict[str, Any]] = (),
        listed: Mapping[str, Any] = MappingProxyType({}),
    ) -> bool:
        """Put a new item, together with the writes `also`; False when any condition failed.

        listed: attributes of the item that put it into an index.
        """
        put_id = self._randomness(16).hex()
        kept = {**encode(entity), **listed, "revision": 1, "put_id": put_id}
        item = {**key._asdict(), **kept}
        if also:
            return self._together([self._table.put_write(item, _ABSENT), *also], put_id)
        try:
            self._table.put(item, _ABSENT)
        except ConditionFailed as failed:
            return _is_ours(failed.item, put_id)
        except Contended:
            return False  # a transaction held the item; nothing was written
        return True

    def replace(
        self,
        key: Key,
        before: Versioned[Entity],
        after: Entity,
        also: Sequence[dict[str, Any]] = (),
    ) -> bool:
        """Write what differs, together with `also`; False when the item has another revision."""
        put_id = self._randomness(16).hex()
        expression, names, values = _changes(before, after, put_id)
        condition = unchanged(before, values)
        if also:
            write = self._table.update_write(key, expression, condition, names=names, values=values)
            return self._together([write, *also], put_id)
        try:
            self._table.update(key, expression, condition, names=names, values=values)
        except ConditionFailed as failed:
            return _is_ours(failed.item, put_id)
        except Contended:
            return False  # a transaction held the item; nothing was written
        return True

    def remove(
        self,
        key: Key,
        before: Versioned[Entity],
        also: Sequence[dict[str, Any]] = (),
        only_if: str = "",
        **values: Any,
    ) -> bool:
        """Delete it, together with `also`, if nothing changed and nothing new refers to it; True
        when it is gone. only_if: what else must be, said with the names of `values`."""
        values = {f":{name}": value for name, value in values.items()}
        condition = unchanged(before, values) + (f" AND {only_if}" if only_if else "")
        condition += f" AND {unreferenced(before, values)}"
        if also:
            write = self._table.delete_write(key, condition, values=values)
            return self._remove_together([write, *also])
        try:
            self._table.delete(key, condition, values=values)
        except ConditionFailed as failed:
            # No item: removed by this attempt, whose answer was lost, or by somebody else.
            return failed.item is None
        except Contended:
            return False
        return True

    def reference_write(self, key: Key, seen: Versioned[Entity] | None = None) -> dict[str, Any]:
        """Return the write by which another item's transaction begins to refer to this one.

        seen: it holds only while this revision is the stored one.
        """
        values: dict[str, Any] = {":one": 1}
        condition = "attribute_exists(pk)" if seen is None else unchanged(seen, values)
        return self._table.update_write(key, "ADD reference_epoch :one", condition, values=values)

    def unchanged_write(self, key: Key, seen: Versioned[Entity]) -> dict[str, Any]:
        """Return the write by which a transaction holds only while this revision is stored."""
        values: dict[str, Any] = {}
        condition = unchanged(seen, values)
        return self._table.check_write(key, condition, values=values)

    def _together(self, writes: list[dict[str, Any]], attempt_id: str) -> bool:
        try:
            self._transact(writes, attempt_id)
        except TransactionFailed as failed:
            return _is_ours(failed.items[0], attempt_id)
        except Contended:
            return False  # nothing was written: the caller looks again
        return True

    def _remove_together(self, writes: list[dict[str, Any]]) -> bool:
        try:
            self._transact(writes, self._randomness(16).hex())
        except TransactionFailed as failed:
            return failed.reasons[0] == "ConditionalCheckFailed" and failed.items[0] is None
        except Contended:
            return False
        return True

    def _transact(self, writes: list[dict[str, Any]], attempt_id: str) -> None:
        """Items that many refer to, a realm above all, may be held by others just then."""
        self._contention.retry(lambda: self._table.transact(writes, attempt_id))

    def _versioned(self, item: Item) -> Versioned[Entity]:
        return Versioned(
            decode(self._kind, item),
            int(item.get("revision", 0)),
            int(item.get("reference_epoch", 0)),
        )


def _changes(
    before: Versioned[Entity], after: Entity, put_id: str
) -> tuple[str, dict[str, str], dict[str, Any]]:
    old, new = encode(before.entity), encode(after)
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    changed |= {"revision": before.revision + 1, "put_id": put_id}
    names = {f"#c{n}": name for n, name in enumerate(changed)}
    values = {f":c{n}": value for n, value in enumerate(changed.values())}
    expression = "SET " + ", ".join(f"#c{n} = :c{n}" for n in range(len(changed)))
    gone = {f"#g{n}": name for n, name in enumerate(sorted(old.keys() - new.keys()))}
    if gone:
        expression += " REMOVE " + ", ".join(gone)
    return expression, names | gone, values


def unchanged(before: Versioned[Any], values: dict[str, Any]) -> str:
    """Return the condition that this revision is the stored one, and add to its `values`."""
    if not before.revision:  # written by bootstrap, never edited since
        return "attribute_exists(pk) AND attribute_not_exists(revision)"
    values[":revision"] = before.revision
    return "revision = :revision"


def unreferenced(before: Versioned[Any], values: dict[str, Any]) -> str:
    """Return the condition that nothing began to refer to it since, and add to its `values`."""
    if not before.reference_epoch:
        return "attribute_not_exists(reference_epoch)"
    values[":epoch"] = before.reference_epoch
    return "reference_epoch = :epoch"


def _is_ours(stored: Item | None, put_id: str) -> bool:
    """Whether this attempt wrote the item: its first answer was lost and botocore repeated it."""
    return stored is not None and stored.get("put_id") == put_id
