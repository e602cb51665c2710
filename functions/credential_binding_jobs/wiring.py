"""What the room `credential_binding_jobs` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.jobs import JobPorts
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.paging import PageSealer
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities

from functions import composition


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    configuration: Configuration
    flows: JobPorts
    jobs: BindingJobs
    identities: Identities
    page_sealer: PageSealer


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory, configuration = composition.directory(), composition.configuration()
    contention = Contention(composition.randomness)
    jobs = BindingJobs(directory, contention)
    flows = JobPorts(
        jobs,
        configuration,
        composition.deriver(),
        composition.clock,
        composition.randomness,
        composition.settings().auth_base_url,
    )
    return Ports(
        composition.management_auth(),
        configuration,
        flows,
        jobs,
        Identities(directory, contention),
        composition.sealer("page"),
    )
