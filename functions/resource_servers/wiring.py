"""What the room `resource_servers` needs, built once per process."""

from functools import cache

from keybound.directory.resource_servers import ResourceServerRegistry
from keybound.storage.applications import Applications
from keybound.storage.realms import Realms
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@cache
def ports() -> RegistryPorts[ResourceServerRegistry]:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    known = composition.settings()
    registry = ResourceServerRegistry(
        Realms(directory, randomness),
        ResourceServers(directory, randomness),
        Applications(directory, randomness),
        Roles(directory, randomness),
        composition.clock,
        randomness,
        (known.api_base_url, known.auth_base_url),
    )
    return registry_ports(registry)
