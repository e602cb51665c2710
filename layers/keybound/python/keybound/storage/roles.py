"""Roles in the Directory: one item each, in their realm's partition, by resource server.

A role's own item holds its scopes and the groups that have it, because token requests read all
roles of a resource server at once; the identities that have it are items of their own.
"""

from collections.abc import Sequence

from keybound.domain.application import ResourceServer
from keybound.domain.group import Group, Role
from keybound.domain.ids import GroupId, ResourceServerId, RoleId
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import ConditionFailed, Table, TransactionFailed

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

    def create(self, role: Role, server: Versioned[ResourceServer]) -> bool:
        where = RealmPath(role.tenant_id, role.realm_id)
        reference = self._servers.reference(where, role.resource_server_id, server)
        return self._items.create(_key(role), role, [reference])

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
        return self._items.remove(_key(before.entity), before)

    def add_groups(self, role: Role, group_ids: Sequence[str]) -> bool:
        for first in range(0, len(group_ids), _GROUPS_AT_ONCE):
            chosen = group_ids[first : first + _GROUPS_AT_ONCE]
            # Raising the role's epoch makes a deletion fail that saw it without members.
            writes = [
                self._table.update_write(
                    _key(role),
                    "ADD group_ids :groups, reference_epoch :one",
                    "attribute_exists(pk)",
                    values={":groups": frozenset(chosen), ":one": 1},
                )
            ]
            for group_id in chosen:
                key = keys.group(role.tenant_id, role.realm_id, GroupId(group_id))
                writes.append(self._groups.reference_write(key))
            try:
                self._table.transact(writes, self._randomness(16).hex())
            except TransactionFailed:
                return False
        return True

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
