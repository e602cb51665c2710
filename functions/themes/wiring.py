"""What the room `themes` needs, built once per process."""

from functools import cache

from keybound.directory.themes import ThemeRegistry
from keybound.storage.realms import Realms
from keybound.storage.themes import Themes

from functions import composition
from functions.registries import RegistryPorts, registry_ports


@cache
def ports() -> RegistryPorts[ThemeRegistry]:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    realms, themes = Realms(directory, randomness), Themes(directory, randomness)
    return registry_ports(ThemeRegistry(realms, themes, composition.clock, randomness))
