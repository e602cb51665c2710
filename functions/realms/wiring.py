"""What the room `realms` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.realms import RealmRegistry
from keybound.domain.clock import Clock
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.storage.realms import Realms

from functions import composition


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    registry: RealmRegistry
    page_sealer: PageSealer
    clock: Clock


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    clock, randomness = composition.clock, composition.randomness
    realms = Realms(composition.directory(), randomness)
    return Ports(
        composition.management_auth(),
        RealmRegistry(realms, clock, randomness),
        composition.sealer("page"),
        clock,
    )
