"""Members of roles: identities, and groups whose members then hold the role."""

from collections.abc import Sequence
from dataclasses import dataclass

from keybound.directory.members import (
    ManagedScopes,
    check_room,
    known_identities,
    refuse_unknown,
)
from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_access import Groups, Memberships
from keybound.directory.roles import RoleRegistry
from keybound.domain.errors import Conflict
from keybound.domain.group import MAX_ROLE_GROUPS, Role
from keybound.domain.ids import is_hex_id
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned


@dataclass(frozen=True)
class Members:
    """Ids of identities and groups, as they were sent."""

    identity_ids: Sequence[str] = ()
    group_ids: Sequence[str] = ()


@dataclass(frozen=True)
class RoleMembers:
    """Who holds a role. caller_scopes: the management scopes of whoever calls."""

    registry: RoleRegistry
    groups: Groups
    memberships: Memberships
    managed: ManagedScopes

    def add(
        self,
        where: RealmPath,
        server_id: str,
        role_id: str,
        members: Members,
        caller_scopes: frozenset[str],
    ) -> Role:
        """Make identities and groups members; those that are stay so.

        Raises NotFound, BadRequest (unknown ids, before any change), Forbidden (the role gives
        management scopes that the caller lacks), Conflict (too many memberships)."""

        def attempt() -> bool | None:
            seen = self.registry.read(where, server_id, role_id)
            self._check_groups(where, members.group_ids)
            ids, identities = known_identities(self.memberships, where, members.identity_ids)
            self.managed.check(where, [seen.entity], caller_scopes)
            check_room(identities, seen.entity)
            _check_room_for_groups(seen.entity, members.group_ids)
            if not self._add_groups(seen, members.group_ids):
                return None
            return self.memberships.add(seen, ids) or None

        until_it_holds(attempt)
        return self.registry.get(where, server_id, role_id)

    def remove(self, where: RealmPath, server_id: str, role_id: str, members: Members) -> Role:
        """End memberships; those that were none stay none. Raises NotFound, BadRequest (unknown
        ids, before any change)."""
        role = self.registry.get(where, server_id, role_id)
        self._check_groups(where, members.group_ids)
        ids, _ = known_identities(self.memberships, where, members.identity_ids)
        if members.group_ids:
            self.registry.roles.remove_groups(role, members.group_ids)
        self.memberships.remove(role, ids)
        return self.registry.get(where, server_id, role_id)

    def _add_groups(self, seen: Versioned[Role], group_ids: Sequence[str]) -> bool:
        new = [g for g in group_ids if g not in seen.entity.group_ids]
        return not new or self.registry.roles.add_groups(seen, new)

    def _check_groups(self, where: RealmPath, group_ids: Sequence[str]) -> None:
        found = self.groups.find_many(where, [g for g in group_ids if is_hex_id(g)])
        refuse_unknown("group_ids", group_ids, (group.id for group in found))


def _check_room_for_groups(role: Role, group_ids: Sequence[str]) -> None:
    if len(role.group_ids | set(group_ids)) > MAX_ROLE_GROUPS:
        raise Conflict(f"a role has at most {MAX_ROLE_GROUPS} groups")
