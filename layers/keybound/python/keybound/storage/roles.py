"""Roles in the Directory: one item each, in their realm's partition, by resource server.

A role's own item holds its scopes and the groups that have it, because token requests read all
roles of a resource server at once; the identities that have it are items of their own.
"""

from collections.abc import Sequence
from typing import Any

from keybound.domain.application import ResourceServer
from keybound.domain.group import Group, Role
from keybound.domain.ids import GroupId, ResourceServerId, RoleId
from keybound.domain.receipt import Writes
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.revised_items import RevisedItems, unchanged
from keybound.storage.table import ConditionFailed, Contended, Table, TransactionFailed

_GROUPS_AT_ONCE = 90


class Roles:
    """Satisfies `keybound.directory.ports_access.Roles`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._table = directory
        self._randomness = randomness
        self._items = RevisedItems(directory, Role, randomness)
        self._groups = RevisedItems(directory, Group, randomness)
        self._servers = ResourceServers(directory, randomness)

    def find(self, where: RealmPath, server_id: str, role_id: str) -> Versioned[Role] | None:
        return self._items.find(_named(where, server_id, role_id))

    def of_server(self, where: RealmPath, server_id: str) -> tuple[Role, ...]:
        return self._items.all(*_named(where, server_id, ""))

    def of_realm(self, where: RealmPath) -> tuple[Role, ...]:
        return self._items.all(_named(where, "", "").pk, keys.ROLE_PREFIX)

    def create(self, role: Role, server: Versioned[ResourceServer], also: Writes = ()) -> bool:
        where = RealmPath(role.tenant_id, role.realm_id)
        reference = self._servers.reference(where, role.resource_server_id, server)
        return self._items.create(_key(role), role, [reference, *also])

    def replace(
        self,
        before: Versioned[Role],
        after: Role,
        server: Versioned[ResourceServer] | None = None,
    ) -> bool:
        where = RealmPath(after.tenant_id, after.realm_id)
        also = []
        if server is not None:
            also.append(self._servers.reference(where, after.resource_server_id, server))
        return self._items.replace(_key(after), before, after, also)

    def remove(self, before: Versioned[Role]) -> bool:
        only_if = "member_count = :none AND attribute_not_exists(group_ids)"
        return self._items.remove(_key(before.entity), before, (), only_if, none=0)

    def add_groups(self, before: Versioned[Role], group_ids: Sequence[str]) -> bool:
        """The role's item and the groups change together, so that neither is deleted meanwhile;
        the groups' epoch tells whoever adds members to them just then to judge again."""
        role, seen = before.entity, dict[str, Any]()
        condition = unchanged(before, seen)
        for first in range(0, len(group_ids), _GROUPS_AT_ONCE):
            chosen = group_ids[first : first + _GROUPS_AT_ONCE]
            values = {":groups": frozenset(chosen), **seen}
            writes = [
                self._table.update_write(
                    _key(role), "ADD group_ids :groups", condition, values=values
                )
            ]
            for group_id in chosen:
                key = keys.group(role.tenant_id, role.realm_id, GroupId(group_id))
                writes.append(self._groups.reference_write(key))
            try:
                self._table.transact(writes, self._randomness(16).hex())
            except (TransactionFailed, Contended):
                return False
        return True

    def unchanged(self, seen: Versioned[Role]) -> dict[str, Any]:
        """Return the write by which a transaction holds only while the role is as it was."""
        return self._items.unchanged_write(_key(seen.entity), seen)

    def remove_groups(self, role: Role, group_ids: Sequence[str]) -> bool:
        try:
            self._table.update(
                _key(role),
                "DELETE group_ids :groups",
                "attribute_exists(pk)",
                values={":groups": frozenset(group_ids)},
            )
        except ConditionFailed:
            return False
        return True


def _named(where: RealmPath, server_id: str, role_id: str) -> keys.Key:
    return keys.role(where.tenant_id, where.realm_id, ResourceServerId(server_id), RoleId(role_id))


def _key(role: Role) -> keys.Key:
    return keys.role(role.tenant_id, role.realm_id, role.resource_server_id, role.id)
