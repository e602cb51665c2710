"""What the room `roles` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.members import ManagedScopes
from keybound.directory.role_members import RoleMembers
from keybound.directory.roles import RoleRegistry
from keybound.storage.contention import Contention
from keybound.storage.groups import Groups
from keybound.storage.memberships import Memberships
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@dataclass(frozen=True)
class MemberPorts:
    """Who holds roles: the flow that changes it, and what lists read directly."""

    flow: RoleMembers
    groups: Groups
    memberships: Memberships


@cache
def ports() -> RegistryPorts[RoleRegistry]:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    registry = RoleRegistry(
        Roles(directory, randomness),
        ResourceServers(directory, randomness),
        composition.clock,
        randomness,
    )
    return registry_ports(registry)


@cache
def members() -> MemberPorts:
    """Return what is about members. Raises SettingsError."""
    directory, contention = composition.directory(), Contention(composition.randomness)
    registry = ports().registry
    groups, memberships = Groups(directory, contention), Memberships(directory, contention)
    managed = ManagedScopes(registry.resource_servers, registry.roles)
    return MemberPorts(RoleMembers(registry, groups, memberships, managed), groups, memberships)
