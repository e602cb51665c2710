"""Roles of a resource server: create, read, list, update, delete; scopes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from keybound.directory.members import check_holds
from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_access import Roles
from keybound.directory.ports_configuration import ResourceServers
from keybound.domain.application import ResourceServer
from keybound.domain.clock import Clock
from keybound.domain.errors import BadRequest, Conflict, FieldViolation, NotFound
from keybound.domain.group import MAX_ROLES, Role
from keybound.domain.ids import ResourceServerId, RoleId, is_hex_id, is_uuid, new_hex_id
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Precondition, Versioned, unconditional

MAX_VIOLATIONS = 20


class RoleSettings(TypedDict, total=False):
    """What a caller may set, under the names of `Role`; absent means unchanged."""

    display_name: str
    description: str


@dataclass(frozen=True)
class RoleRegistry:
    """The roles of every resource server."""

    roles: Roles
    resource_servers: ResourceServers
    clock: Clock
    randomness: Randomness

    def create(
        self,
        where: RealmPath,
        server_id: str,
        settings: RoleSettings,
        receipt: Receipt[Role] = no_receipt,
    ) -> Role:
        """Store a new role, without scopes. Raises NotFound (resource server), Conflict (it has
        500 roles)."""
        now, new_id = self.clock(), RoleId(new_hex_id(self.randomness))
        t, r, s = where.tenant_id, where.realm_id, ResourceServerId(server_id)
        role = replace(Role(new_id, s, t, r, "", "", now, now), **settings)
        also = receipt(role)

        def attempt() -> Role | None:
            server = self.server(where, server_id)
            if len(self.roles.of_server(where, server_id)) >= MAX_ROLES:
                raise Conflict(f"a resource server has at most {MAX_ROLES} roles")
            return role if self.roles.create(role, server, also) else None

        return until_it_holds(attempt)

    def get(self, where: RealmPath, server_id: str, role_id: str) -> Role:
        """Return a role. Raises NotFound, for malformed ids too."""
        return self.read(where, server_id, role_id).entity

    def list(self, where: RealmPath, server_id: str) -> tuple[Role, ...]:
        """Return every role of a resource server in the order of their ids. Raises NotFound."""
        self.server(where, server_id)
        return self.roles.of_server(where, server_id)

    def update(
        self,
        where: RealmPath,
        server_id: str,
        role_id: str,
        settings: RoleSettings,
        precondition: Precondition[Role] = unconditional,
    ) -> Versioned[Role]:
        """Change what `settings` names and return the whole. Raises NotFound, PreconditionFailed,
        Conflict."""

        def attempt() -> Versioned[Role] | None:
            before = self.read(where, server_id, role_id)
            precondition(before)
            return self._stored(before, replace(before.entity, **settings))

        return until_it_holds(attempt)

    def delete(
        self,
        where: RealmPath,
        server_id: str,
        role_id: str,
        precondition: Precondition[Role] = unconditional,
    ) -> None:
        """Remove a role without scopes and members. Raises NotFound, PreconditionFailed,
        Conflict."""

        def attempt() -> bool | None:
            before = self.read(where, server_id, role_id)
            precondition(before)
            role = before.entity
            if role.scopes or role.member_count or role.group_ids:
                raise Conflict("role has children")
            return self.roles.remove(before) or None

        until_it_holds(attempt)

    def add_scopes(
        self,
        where: RealmPath,
        server_id: str,
        role_id: str,
        scopes: Sequence[str],
        caller_scopes: frozenset[str],
    ) -> Role:
        """Give a role scopes of its resource server; those that it has stay. Raises NotFound,
        BadRequest (scopes of no such server), Forbidden (managed ones that the caller lacks)."""

        def attempt() -> Versioned[Role] | None:
            before, server = self.read(where, server_id, role_id), self.server(where, server_id)
            _check_scopes_of(server.entity, scopes)
            if server.entity.is_managed:
                check_holds(scopes, caller_scopes)
            kept = before.entity.scopes
            after = replace(before.entity, scopes=tuple(dict.fromkeys((*kept, *scopes))))
            return self._stored(before, after, server)

        return until_it_holds(attempt).entity

    def delete_scopes(
        self, where: RealmPath, server_id: str, role_id: str, scopes: Sequence[str]
    ) -> Role:
        """Take scopes from a role, whether it has them or not. Raises NotFound."""

        def attempt() -> Versioned[Role] | None:
            before = self.read(where, server_id, role_id)
            kept = tuple(scope for scope in before.entity.scopes if scope not in scopes)
            return self._stored(before, replace(before.entity, scopes=kept))

        return until_it_holds(attempt).entity

    def server(self, where: RealmPath, server_id: str) -> Versioned[ResourceServer]:
        """Return a resource server as it was read. Raises NotFound."""
        found = self.resource_servers.find(where, server_id) if is_uuid(server_id) else None
        if found is None:
            raise NotFound("ResourceServer", server_id)
        return found

    def read(self, where: RealmPath, server_id: str, role_id: str) -> Versioned[Role]:
        """Return a role as it was read. Raises NotFound, for malformed ids too."""
        known = is_uuid(server_id) and is_hex_id(role_id)
        found = self.roles.find(where, server_id, role_id) if known else None
        if found is None:
            raise NotFound("Role", role_id)
        return found

    def _stored(
        self, before: Versioned[Role], after: Role, server: Versioned[ResourceServer] | None = None
    ) -> Versioned[Role] | None:
        if after == before.entity:
            return before
        after = replace(after, update_time=self.clock())
        return before.changed_to(after) if self.roles.replace(before, after, server) else None


def _check_scopes_of(server: ResourceServer, scopes: Sequence[str]) -> None:
    violations = tuple(
        FieldViolation(f"scopes[{index}]", "not a scope of the resource server")
        for index, scope in enumerate(scopes)
        if scope not in server.scopes
    )
    if violations:
        raise BadRequest(violations=violations[:MAX_VIOLATIONS])
