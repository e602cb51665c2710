"""What the room `realms` needs, built once per process."""

from functools import cache

from keybound.directory.realms import RealmRegistry
from keybound.storage.realm_removal import RealmRemoval
from keybound.storage.realms import Realms

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@cache
def ports() -> RegistryPorts[RealmRegistry]:
    """Return the room's parts. Raises SettingsError."""
    clock, randomness = composition.clock, composition.randomness
    directory = composition.directory()
    realms, removal = Realms(directory, randomness), RealmRemoval(directory, randomness)
    return registry_ports(RealmRegistry(realms, removal, clock, randomness))
