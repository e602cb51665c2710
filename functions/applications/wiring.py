"""What the room `applications` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.applications import ApplicationRegistry
from keybound.domain.clock import Clock
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.realms import Realms
from keybound.storage.resource_servers import ResourceServers

from functions import composition


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    registry: ApplicationRegistry
    page_sealer: PageSealer
    clock: Clock


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    registry = ApplicationRegistry(
        Realms(directory, randomness),
        Applications(directory, randomness),
        AuthenticatorConfigs(directory, randomness),
        ResourceServers(directory),
        composition.clock,
        randomness,
    )
    page_sealer = composition.sealer("page")
    return Ports(composition.management_auth(), registry, page_sealer, composition.clock)
