"""Groups: create, read, update, delete; members; the roles they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from keybound.directory.members import ManagedScopes, check_room, known_identities
from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_access import Groups, Memberships, Roles
from keybound.directory.ports_configuration import Realms, ResourceServers
from keybound.directory.realms import check_realm
from keybound.domain.clock import Clock
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.group import Group, Role
from keybound.domain.ids import GroupId, is_hex_id, is_uuid, new_hex_id
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Precondition, Versioned, unconditional


class GroupSettings(TypedDict, total=False):
    """What a caller may set, under the names of `Group`; absent means unchanged."""

    display_name: str
    description: str


@dataclass(frozen=True)
class GroupRegistry:
    """The groups of every realm. caller_scopes: the management scopes of whoever calls."""

    realms: Realms
    groups: Groups
    roles: Roles
    resource_servers: ResourceServers
    memberships: Memberships
    managed: ManagedScopes
    clock: Clock
    randomness: Randomness

    def create(
        self, where: RealmPath, settings: GroupSettings, receipt: Receipt[Group] = no_receipt
    ) -> Group:
        """Store a new group. Raises NotFound (realm)."""
        check_realm(self.realms, where)
        now, new_id = self.clock(), GroupId(new_hex_id(self.randomness))
        blank = Group(new_id, where.tenant_id, where.realm_id, "", "", now, now)
        group = replace(blank, **settings)
        also = receipt(group)
        until_it_holds(lambda: self.groups.create(group, also) or None)
        return group

    def get(self, where: RealmPath, group_id: str) -> Group:
        """Return a group. Raises NotFound, for malformed ids too."""
        return self.read(where, group_id).entity

    def check_realm(self, where: RealmPath) -> None:
        """Raise NotFound unless the realm exists."""
        check_realm(self.realms, where)

    def update(
        self,
        where: RealmPath,
        group_id: str,
        settings: GroupSettings,
        precondition: Precondition[Group] = unconditional,
    ) -> Versioned[Group]:
        """Change what `settings` names and return the whole. Raises NotFound, PreconditionFailed,
        Conflict (changed again and again)."""

        def attempt() -> Versioned[Group] | None:
            before = self.read(where, group_id)
            precondition(before)
            after = replace(before.entity, **settings)
            if after == before.entity:
                return before
            after = replace(after, update_time=self.clock())
            return before.changed_to(after) if self.groups.replace(before, after) else None

        return until_it_holds(attempt)

    def delete(
        self,
        where: RealmPath,
        group_id: str,
        precondition: Precondition[Group] = unconditional,
    ) -> None:
        """Remove a group without members; the roles that it holds lose it first. Raises NotFound,
        PreconditionFailed, Conflict."""

        def attempt() -> bool | None:
            before = self.read(where, group_id)
            precondition(before)
            if before.entity.member_count:
                raise Conflict("group has children")
            for role in self.roles.of_realm(where):
                if group_id in role.group_ids:
                    self.roles.remove_groups(role, [group_id])
            return self.groups.remove(before) or None

        until_it_holds(attempt)

    def add_members(
        self,
        where: RealmPath,
        group_id: str,
        identity_ids: Sequence[str],
        caller_scopes: frozenset[str],
    ) -> Group:
        """Make identities members; those that are stay so. Raises NotFound, BadRequest (unknown
        ids, before any change), Forbidden, Conflict (an identity has too many groups)."""

        def attempt() -> bool | None:
            seen = self.read(where, group_id)
            ids, identities = known_identities(self.memberships, where, identity_ids)
            standing = self.managed.standing(where, seen.entity)
            self.managed.check(where, (role.entity for role in standing), caller_scopes)
            check_room(identities, seen.entity)
            return self.memberships.add(seen, ids, standing) or None

        until_it_holds(attempt)
        return self.get(where, group_id)

    def delete_members(self, where: RealmPath, group_id: str, identity_ids: Sequence[str]) -> Group:
        """End memberships; those that were none stay none. Raises NotFound, BadRequest (unknown
        ids, before any change)."""
        group = self.get(where, group_id)
        ids, _ = known_identities(self.memberships, where, identity_ids)
        self.memberships.remove(group, ids)
        return self.get(where, group_id)

    def roles_of(self, where: RealmPath, group_id: str, server_id: str) -> tuple[Role, ...]:
        """Return the group's roles of one resource server, in the order of their ids. Raises
        NotFound, Conflict for an unknown resource server."""
        group = self.get(where, group_id)
        roles = roles_of_server(self.resource_servers, self.roles, where, server_id)
        return tuple(role for role in roles if group.id in role.group_ids)

    def read(self, where: RealmPath, group_id: str) -> Versioned[Group]:
        """Return a group as it was read. Raises NotFound, for malformed ids too."""
        found = self.groups.find(where, group_id) if is_hex_id(group_id) else None
        if found is None:
            raise NotFound("Group", group_id)
        return found


def roles_of_server(
    servers: ResourceServers, roles: Roles, where: RealmPath, server_id: str
) -> tuple[Role, ...]:
    """Return the roles of a resource server. Raises Conflict, not NotFound, for an unknown one:
    it is named by a parameter, and the resource of the path exists."""
    if not is_uuid(server_id) or servers.find(where, server_id) is None:
        raise Conflict("resource server not found")
    return roles.of_server(where, server_id)
