"""The memberships of an identity that is gone: items in the partitions of its groups and roles.

They give nothing any more, since tokens are decided by what stands on the identity's own item; but
they list it, and count.
"""

from typing import Any

from keybound.domain.ids import GroupId, IdentityId, RoleId, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.contention import Contention
from keybound.storage.keys import Key
from keybound.storage.memberships import count_write
from keybound.storage.table import Table, TransactionFailed

AT_ONCE = 45


class EndedMemberships:
    """Removes what a `memberships_left` item names, in transactions of bounded size."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def remove(self, path: RealmPath, identity_id: IdentityId, left: Item) -> bool:
        """Remove them with their counts; False when somebody else changed one just then. It may
        stop anywhere and be called again."""
        t, r = path.tenant_id, path.realm_id
        places = [
            keys.group_member(t, r, GroupId(g), identity_id) for g in left.get("group_ids", ())
        ]
        places += [keys.role_member(t, r, RoleId(o), identity_id) for o in left.get("role_ids", ())]
        for first in range(0, len(places), AT_ONCE):
            found = self._table.get_many(places[first : first + AT_ONCE])
            rows = [row for row in found if row is not None]
            holders = [_holder(path, row) for row in rows]
            living = {
                h for h, item in zip(holders, self._table.get_many(holders), strict=True) if item
            }
            writes: list[dict[str, Any]] = []
            for row, holder in zip(rows, holders, strict=True):
                writes.append(
                    self._table.delete_write(Key(row["pk"], row["sk"]), "attribute_exists(pk)")
                )
                if holder in living:
                    writes.append(count_write(self._table, holder, -1))
            try:
                self._contention.retry(lambda writes=writes: self._apply(writes))  # type: ignore[misc]
            except TransactionFailed:
                return False
        return True

    def _apply(self, writes: list[dict[str, Any]]) -> None:
        if writes:
            self._table.transact(writes, new_uuid(self._contention.randomness))


def _holder(path: RealmPath, row: Item) -> Key:
    kind, holder_id = row["pk"].partition("#")[0], row["pk"].rpartition("#")[2]
    if kind == "GROUP":
        return keys.group(path.tenant_id, path.realm_id, GroupId(holder_id))
    server_id = row["resource_server_id"]
    return keys.role(path.tenant_id, path.realm_id, server_id, RoleId(holder_id))
