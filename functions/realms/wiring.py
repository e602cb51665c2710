"""What the room `realms` needs, built once per process."""

from functools import cache

from keybound.directory.realms import RealmRegistry
from keybound.storage.realms import Realms

from functions import composition
from functions.composition import RegistryPorts


@cache
def ports() -> RegistryPorts[RealmRegistry]:
    """Return the room's parts. Raises SettingsError."""
    clock, randomness = composition.clock, composition.randomness
    realms = Realms(composition.directory(), randomness)
    return composition.registry_ports(RealmRegistry(realms, clock, randomness))
