"""How many identities, credentials, jobs and groups a realm has: `total_size` of its lists.

A count changes in the transaction that makes or removes the resource, so it never drifts. Sixteen
items share it, drawn at random, so that parallel transactions seldom meet on one; those that do
are tried again with another draw (docs/adr/0020-counting-inside-the-transaction.md).
"""

from typing import Any

from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.table import Table

IDENTITIES = "identities"
CREDENTIALS = "credentials"
JOBS = "jobs"
GROUPS = "groups"


def count_write(
    table: Table, path: RealmPath, kind: str, shard: int, change: int
) -> dict[str, Any]:
    """Return the write that adds `change` to one shard. A shard alone may be negative."""
    key = keys.count(path.tenant_id, path.realm_id, kind, shard)
    return table.update_write(
        key, "ADD #count :change", names={"#count": "count"}, values={":change": change}
    )


def total(table: Table, path: RealmPath, kind: str) -> int:
    """Return the sum of all shards, read consistently."""
    pk = keys.count(path.tenant_id, path.realm_id, kind, 0).pk
    return sum(int(item["count"]) for item in table.query_all("pk = :pk", {":pk": pk}))
