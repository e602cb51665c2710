"""What the room `groups` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.groups import GroupRegistry
from keybound.directory.members import ManagedScopes
from keybound.storage.contention import Contention
from keybound.storage.groups import Groups
from keybound.storage.memberships import Memberships
from keybound.storage.realms import Realms
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@dataclass(frozen=True)
class Stored:
    """What lists read directly."""

    groups: Groups
    memberships: Memberships


@cache
def stored() -> Stored:
    """Return what lists read. Raises SettingsError."""
    directory, contention = composition.directory(), Contention(composition.randomness)
    return Stored(Groups(directory, contention), Memberships(directory, contention))


@cache
def ports() -> RegistryPorts[GroupRegistry]:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    roles, servers = Roles(directory, randomness), ResourceServers(directory, randomness)
    registry = GroupRegistry(
        Realms(directory, randomness),
        stored().groups,
        roles,
        servers,
        stored().memberships,
        ManagedScopes(servers, roles),
        composition.clock,
        randomness,
    )
    return registry_ports(registry)
