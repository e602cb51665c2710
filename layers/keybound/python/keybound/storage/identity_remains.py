"""What a deleted identity leaves behind: its jobs, credentials and their pointers, memberships.

They are dead already, because whoever uses them reads the identity too. Removing them is done in
transactions of bounded size, each with its counts, so it may stop anywhere and be taken up again.
"""

from collections.abc import Sequence
from typing import Any

from keybound.domain.ids import IdentityId, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.contention import Contention
from keybound.storage.ended_memberships import EndedMemberships
from keybound.storage.keys import Key
from keybound.storage.realm_counts import CREDENTIALS, JOBS, count_write
from keybound.storage.table import Table, TransactionFailed

BATCH = 40
MAX_BATCHES = 25
_THERE = "attribute_exists(pk)"


class IdentityRemains:
    """Satisfies `keybound.directory.ports.IdentityRemains`."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention
        self._memberships = EndedMemberships(directory, contention)

    def remove(self, path: RealmPath, identity_id: IdentityId) -> bool:
        """Remove up to 1,000 items of the partition; True when none is left."""
        key = keys.identity(path.tenant_id, path.realm_id, identity_id)
        for _ in range(MAX_BATCHES):
            items, _ = self._table.query("pk = :pk", {":pk": key.pk}, limit=BATCH)
            if any(item["sk"] == key.sk for item in items):
                raise ValueError("the identity exists")
            if not items:
                return True
            left = keys.memberships_left(path.tenant_id, path.realm_id, identity_id)
            noted = next((item for item in items if item["sk"] == left.sk), None)
            if noted is not None and not self._memberships.remove(path, identity_id, noted):
                continue
            try:
                self._contention.retry(lambda found=items: self._remove(path, found))  # type: ignore[misc]
            except TransactionFailed:
                continue  # somebody else removes them too: look again
        return False

    def _remove(self, path: RealmPath, items: Sequence[Item]) -> None:
        writes: list[dict[str, Any]] = []
        credentials = 0
        for item in items:
            writes.append(self._table.delete_write(Key(item["pk"], item["sk"]), _THERE))
            if found := item.get("credential_hash"):
                credential = keys.credential(path.tenant_id, path.realm_id, found)
                writes.append(self._table.delete_write(credential, _THERE))
                credentials += 1
        jobs = sum(item["sk"].startswith(keys.JOB_PREFIX) for item in items)
        for kind, removed in ((CREDENTIALS, credentials), (JOBS, jobs)):
            if removed:
                shard = self._contention.draw(keys.COUNT_SHARDS)
                writes.append(count_write(self._table, path, kind, shard, -removed))
        self._table.transact(writes, new_uuid(self._contention.randomness))
