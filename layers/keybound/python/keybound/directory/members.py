"""What adding and ending memberships of groups and roles have in common.

Every id is judged before the first change: an unknown one refuses the whole call. Nobody gives
anybody a scope of the managed resource server that they do not hold themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keybound.directory.ports_access import Memberships, Roles
from keybound.directory.ports_configuration import ResourceServers
from keybound.domain.errors import BadRequest, Conflict, FieldViolation, Forbidden
from keybound.domain.group import MAX_MEMBERSHIPS, Group, Role
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, is_hex_id
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned

MOST_STANDING = 8
MAX_VIOLATIONS = 20


@dataclass(frozen=True)
class ManagedScopes:
    """Which roles give scopes of the management API, and who may give those."""

    resource_servers: ResourceServers
    roles: Roles

    def check(self, where: RealmPath, roles: Iterable[Role], caller_scopes: frozenset[str]) -> None:
        """Raise Forbidden when one of `roles` gives management scopes beyond the caller's."""
        managed = self._managed(where)
        given = {s for role in roles if role.resource_server_id in managed for s in role.scopes}
        check_holds(given, caller_scopes)

    def standing(self, where: RealmPath, group: Group) -> tuple[Versioned[Role], ...]:
        """Return the roles through which the group gives management scopes, as they were read."""
        found = (
            self.roles.find(where, role.resource_server_id, role.id)
            for server_id in sorted(self._managed(where))
            for role in self.roles.of_server(where, server_id)
            if group.id in role.group_ids
        )
        standing = tuple(role for role in found if role is not None)
        if len(standing) > MOST_STANDING:
            raise Conflict(f"the group has more than {MOST_STANDING} roles of a managed server")
        return standing

    def _managed(self, where: RealmPath) -> frozenset[str]:
        servers = self.resource_servers.all(where)
        return frozenset(server.id for server in servers if server.is_managed)


def check_holds(given: Iterable[str], caller_scopes: frozenset[str]) -> None:
    """Raise Forbidden unless the caller holds every management scope that would be given."""
    lacking = sorted(set(given) - caller_scopes)
    if lacking:
        text = "this would give management scopes that the caller does not hold"
        raise Forbidden(f"{text}: {' '.join(lacking)}")


def known_identities(
    memberships: Memberships, where: RealmPath, ids: Sequence[str]
) -> tuple[list[IdentityId], list[Identity]]:
    """Return the ids and their identities. Raises BadRequest naming the unknown ones."""
    wanted = [IdentityId(i) for i in ids if is_hex_id(i)]
    found = memberships.identities(where, wanted)
    refuse_unknown("identity_ids", ids, {identity.id for identity in found})
    return wanted, found


def refuse_unknown(field: str, ids: Sequence[str], known: Iterable[str]) -> None:
    """Raise BadRequest naming each of `ids` that is not `known`."""
    there = set(known)
    violations = tuple(
        FieldViolation(f"{field}[{index}]", "does not exist in this realm")
        for index, one in enumerate(ids)
        if one not in there
    )
    if violations:
        raise BadRequest(violations=violations[:MAX_VIOLATIONS])


def check_room(identities: Iterable[Identity], holder: Group | Role) -> None:
    """Raise Conflict when an identity has as many memberships of this kind as it may."""
    for identity in identities:
        held = identity.group_ids if isinstance(holder, Group) else identity.role_ids
        if holder.id not in held and len(held) >= MAX_MEMBERSHIPS:
            text = f"an identity has at most {MAX_MEMBERSHIPS} of these memberships"
            raise Conflict(f"{text}: {identity.id}")
