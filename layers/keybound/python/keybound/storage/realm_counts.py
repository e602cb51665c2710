"""How many identities, credentials, jobs and groups a realm has: `total_size` of its lists.

A count changes in the transaction that makes or removes the resource, so it never drifts. Sixteen
items share it, drawn at random, so that parallel transactions seldom meet on one; those that do
are tried again with another draw (docs/adr/0020-counting-inside-the-transaction.md).

The shards of identities and groups are the gate of their realm too: removing the realm closes all
of them in its transaction, if they add up to none, and a closed one takes no more
(docs/adr/0033-*.md).
"""

from typing import Any

from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.table import Table

IDENTITIES = "identities"
CREDENTIALS = "credentials"
JOBS = "jobs"
CHILDREN = (IDENTITIES, "groups")
"""What a realm must have none of before it can be removed; roles are found otherwise."""
GROUPS = "groups"


_OPEN = "attribute_not_exists(closed)"


def count_write(
    table: Table, path: RealmPath, kind: str, shard: int, change: int
) -> dict[str, Any]:
    """Return the write that adds `change` to one shard. A shard alone may be negative. It fails
    for one more in a realm that is gone."""
    key = keys.count(path.tenant_id, path.realm_id, kind, shard)
    condition = _OPEN if change > 0 else ""
    return table.update_write(
        key, "ADD #count :change", condition, names={"#count": "count"}, values={":change": change}
    )


def closing_writes(table: Table, path: RealmPath, kind: str) -> list[dict[str, Any]] | None:
    """Return the writes that close every shard as it is now, or None while there is any.

    A closed shard stays, so that rooms which still remember the realm cannot fill it again.
    """
    stored = {item["sk"]: int(item["count"]) for item in _shards(table, path, kind)}
    if sum(stored.values()):
        return None
    return [
        _closing(table, keys.count(path.tenant_id, path.realm_id, kind, shard), stored)
        for shard in range(keys.COUNT_SHARDS)
    ]


def _closing(table: Table, key: keys.Key, stored: dict[str, int]) -> dict[str, Any]:
    if key.sk not in stored:
        closed = {**key._asdict(), "count": 0, "closed": True}
        return table.put_write(closed, "attribute_not_exists(pk)")
    return table.update_write(
        key,
        "SET closed = :closed",
        "#count = :count",
        names={"#count": "count"},
        values={":closed": True, ":count": stored[key.sk]},
    )


def total(table: Table, path: RealmPath, kind: str) -> int:
    """Return the sum of all shards, read consistently."""
    return sum(int(item["count"]) for item in _shards(table, path, kind))


def _shards(table: Table, path: RealmPath, kind: str) -> list[Item]:
    pk = keys.count(path.tenant_id, path.realm_id, kind, 0).pk
    return table.query_all("pk = :pk", {":pk": pk})
