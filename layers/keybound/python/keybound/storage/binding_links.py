"""A binding link's reads and its first mark: what `bind_redirect` does before a passkey exists."""

from keybound.domain.binding_job import LINK_OPENED, LINK_SENT, BindingJob
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, JobId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode
from keybound.storage.job_filters import MOVES, moved
from keybound.storage.table import ConditionFailed, Table


class BindingLinks:
    """Satisfies `keybound.binding.ports.Links`."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def find(
        self, path: RealmPath, identity_id: IdentityId, job_id: JobId
    ) -> tuple[BindingJob, Identity] | None:
        t, r = path.tenant_id, path.realm_id
        job, identity = self._table.get_many(
            [keys.binding_job(t, r, identity_id, job_id), keys.identity(t, r, identity_id)]
        )
        if job is None or identity is None:
            return None
        return decode(BindingJob, job), decode(Identity, identity)

    def mark_opened(self, job: BindingJob, now: int) -> BindingJob:
        try:
            item = self._table.update(
                keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id),
                f"SET #state = :opened, update_time = :now, {MOVES}",
                "#state = :sent AND expire_time > :now AND token_hash = :token_hash",
                names={"#state": "state"},
                values={
                    ":opened": LINK_OPENED,
                    ":sent": LINK_SENT,
                    ":now": now,
                    **moved(job, LINK_OPENED),
                    ":token_hash": job.token_hash,
                },
            )
        except ConditionFailed as refusal:
            # Opened by somebody else, or ended: the caller judges what is stored now.
            return decode(BindingJob, refusal.item) if refusal.item is not None else job
        return decode(BindingJob, item)
