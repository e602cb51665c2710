"""What the room `authenticator_configs` needs, built once per process."""

from functools import cache

from keybound.directory.authenticator_configs import AuthenticatorConfigRegistry
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.bound_passkeys import BoundPasskeys
from keybound.storage.realms import Realms

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@cache
def ports() -> RegistryPorts[AuthenticatorConfigRegistry]:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    registry = AuthenticatorConfigRegistry(
        Realms(directory, randomness),
        AuthenticatorConfigs(directory, randomness),
        Applications(directory, randomness),
        BoundPasskeys(directory),
        composition.clock,
        randomness,
    )
    return registry_ports(registry)
