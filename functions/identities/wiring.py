"""What the room `identities` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.identities import IdentityPorts
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.idempotency import Once
from keybound.edge.paging import PageSealer
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.groups import Groups
from keybound.storage.identities import Identities
from keybound.storage.identity_remains import IdentityRemains
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles
from keybound.storage.subject_fields import SubjectFields

from functions import composition
from functions.registries import once
from functions.token_judges import management_auth


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    configuration: Configuration
    flows: IdentityPorts
    identities: Identities
    page_sealer: PageSealer
    once: Once


@dataclass(frozen=True)
class Access:
    """What lists of memberships read."""

    groups: Groups
    roles: Roles
    resource_servers: ResourceServers


@cache
def access() -> Access:
    """Return what lists of memberships read. Raises SettingsError."""
    directory, randomness = composition.directory(), composition.randomness
    return Access(
        Groups(directory, Contention(randomness)),
        Roles(directory, randomness),
        ResourceServers(directory, randomness),
    )


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory = composition.directory()
    contention = Contention(composition.randomness)
    identities = Identities(directory, contention)
    flows = IdentityPorts(
        identities,
        IdentityRemains(directory, contention),
        SubjectFields(directory),
        composition.clock,
        composition.randomness,
    )
    return Ports(
        management_auth(),
        composition.configuration(),
        flows,
        identities,
        composition.sealer("page"),
        once(),
    )
