"""A batch: one template, and a binding job by mail for each of many identities."""

from dataclasses import dataclass
from functools import cached_property

from keybound.domain.ids import AuthenticatorConfigId, BatchId, IdentityId, JobId, RealmId, TenantId

RUNNING = "RUNNING"
SUCCESS = "SUCCESS"
PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
FAILED = "FAILED"
PENDING = "PENDING"

MAX_QUEUED = 1000
"""How many identities of a realm may wait for their jobs, in all its batches together."""
MAX_TRIES = 12
"""How often a job is tried that only passing reasons stand against."""
BATCH_KEPT_S = 30 * 24 * 3600
"""For how long after its creation a batch can be read."""


@dataclass(frozen=True)
class BindingBatch:
    """What was asked for; it never changes. Times are epoch seconds. identity_ids: in the order of
    ids. adding_proof: of whoever asked, as in a binding job."""

    id: BatchId
    tenant_id: TenantId
    realm_id: RealmId
    identity_ids: tuple[IdentityId, ...]
    authenticator_config_id: AuthenticatorConfigId
    create_time: int
    expires_at: int
    post_binding_redirect_uri: str = ""
    adding_proof: str = ""


@dataclass(frozen=True)
class BatchResult:
    """What has become of one identity. ended: there is a job, or never will be. tries: so far; due:
    when the next one is, epoch seconds. last_error: what stood against the last one."""

    identity_id: IdentityId
    job_id: JobId | None = None
    ended: bool = False
    last_error: str = ""
    tries: int = 0
    due: int = 0
    update_time: int = 0

    @property
    def id(self) -> str:
        return self.identity_id

    @property
    def state(self) -> str:
        if not self.ended:
            return PENDING
        return FAILED if self.job_id is None else SUCCESS


@dataclass(frozen=True)
class BatchProgress:
    """A batch with a result for each of its identities, in their order."""

    batch: BindingBatch
    results: tuple[BatchResult, ...]

    @cached_property
    def pending(self) -> tuple[BatchResult, ...]:
        return tuple(result for result in self.results if not result.ended)

    def count(self, state: str) -> int:
        return sum(result.state == state for result in self.results)

    @property
    def state(self) -> str:
        if self.pending:
            return RUNNING
        failed = self.count(FAILED)
        if not failed:
            return SUCCESS
        return FAILED if failed == len(self.results) else PARTIAL_SUCCESS

    @property
    def update_time(self) -> int:
        return max(self.batch.create_time, *(result.update_time for result in self.results))


def progress_of(batch: BindingBatch, known: dict[IdentityId, BatchResult]) -> BatchProgress:
    """Return the batch with what is known of its identities; of others nothing was tried yet."""
    results = (known.get(each) or BatchResult(each) for each in batch.identity_ids)
    return BatchProgress(batch, tuple(results))
