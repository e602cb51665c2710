"""What the room `identities` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.identities import IdentityPorts
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities
from keybound.storage.identity_remains import IdentityRemains

from functions import composition


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    configuration: Configuration
    flows: IdentityPorts
    identities: Identities
    page_sealer: PageSealer


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory = composition.directory()
    contention = Contention(composition.randomness)
    identities = Identities(directory, contention)
    flows = IdentityPorts(
        identities,
        IdentityRemains(directory, contention),
        composition.clock,
        composition.randomness,
    )
    return Ports(
        composition.management_auth(),
        composition.configuration(),
        flows,
        identities,
        composition.sealer("page"),
    )
