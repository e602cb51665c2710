"""What the room `batch_credential_binding_jobs` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.batches import BatchPorts
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.idempotency import Once
from keybound.edge.paging import PageSealer
from keybound.storage.binding_batches import BindingBatches
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.contention import Contention

from functions import composition
from functions.registries import once
from functions.token_judges import management_auth


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    flows: BatchPorts
    jobs: BindingJobs
    page_sealer: PageSealer
    once: Once


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    contention = Contention(composition.randomness)
    flows = BatchPorts(
        BindingBatches(composition.grants(), contention),
        composition.configuration(),
        composition.clock,
        composition.randomness,
        bool(composition.settings().mail.sender),
    )
    return Ports(
        management_auth(),
        flows,
        BindingJobs(composition.directory(), contention),
        composition.sealer("page"),
        once(),
    )
