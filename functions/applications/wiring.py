"""What the room `applications` needs, built once per process."""

from functools import cache

from keybound.directory.applications import ApplicationRegistry
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.realms import Realms
from keybound.storage.resource_servers import ResourceServers

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@cache
def ports() -> RegistryPorts[ApplicationRegistry]:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    registry = ApplicationRegistry(
        Realms(directory, randomness),
        Applications(directory, randomness),
        AuthenticatorConfigs(directory, randomness),
        ResourceServers(directory, randomness),
        composition.clock,
        randomness,
        composition.deriver(),
        composition.settings().token_limits,
        composition.settings().auth_base_url.startswith("http://localhost"),
    )
    return registry_ports(registry, says_secrets=True)
