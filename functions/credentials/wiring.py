"""What the room `credentials` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.credentials import CredentialPorts
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.credentials import Credentials
from keybound.storage.identities import Identities

from functions import composition
from functions.token_judges import management_auth


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    configuration: Configuration
    flows: CredentialPorts
    credentials: Credentials
    identities: Identities
    page_sealer: PageSealer


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory = composition.directory()
    contention = Contention(composition.randomness)
    tells = bool(composition.settings().mail.sender)
    credentials = Credentials(directory, contention, tells=tells)
    return Ports(
        management_auth(),
        composition.configuration(),
        CredentialPorts(credentials, composition.clock),
        credentials,
        Identities(directory, contention),
        composition.sealer("page"),
    )
