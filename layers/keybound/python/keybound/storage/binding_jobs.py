"""Credential binding jobs as the management API sees them: creation, reads, revocation."""

from collections.abc import Sequence

from keybound.domain.binding_job import OPEN_STATES, REVOKED, BindingJob
from keybound.domain.errors import Unavailable
from keybound.domain.ids import IdentityId, JobId, new_uuid
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.binding_renewal import renewal
from keybound.storage.codec import Item, decode, encode
from keybound.storage.contention import Contention
from keybound.storage.ended_jobs import KEEP, keep_values
from keybound.storage.job_filters import MOVES, filter_attributes, moved
from keybound.storage.job_lists import JobList
from keybound.storage.job_rates import JobRates, too_many
from keybound.storage.mail_outbox import may_receive, outbox_write
from keybound.storage.realm_counts import JOBS, count_write
from keybound.storage.realm_lists import list_attributes
from keybound.storage.table import ConditionFailed, Contended, Table, TransactionFailed

IS_OPEN = "#state IN (:sent, :opened)"
OPEN_VALUES = {":sent": OPEN_STATES[0], ":opened": OPEN_STATES[1]}
_COUNTED, _RENEWAL_COUNTED = 3, 2
_BATCH = 50  # two items each


class BindingJobs:
    """Satisfies `keybound.binding.ports.Jobs`. rates: counts what is made; whoever leaves it out
    makes nothing for a caller."""

    def __init__(
        self, directory: Table, contention: Contention, rates: JobRates | None = None
    ) -> None:
        self._table = directory
        self._contention = contention
        self._rates = rates

    def find(self, path: RealmPath, identity_id: IdentityId, job_id: JobId) -> BindingJob | None:
        t, r = path.tenant_id, path.realm_id
        job, owner = self._table.get_many(
            [keys.binding_job(t, r, identity_id, job_id), keys.identity(t, r, identity_id)]
        )
        return decode(BindingJob, job) if job is not None and owner is not None else None

    def find_many(
        self, path: RealmPath, named: Sequence[tuple[IdentityId, JobId]]
    ) -> list[BindingJob | None]:
        """Return jobs in the order asked for, each as `find` does."""
        t, r = path.tenant_id, path.realm_id
        found: list[BindingJob | None] = []
        for first in range(0, len(named), _BATCH):
            some = named[first : first + _BATCH]
            items = self._table.get_many(
                [keys.binding_job(t, r, i, j) for i, j in some]
                + [keys.identity(t, r, i) for i, _ in some]
            )
            pairs = zip(items[: len(some)], items[len(some) :], strict=True)
            found += [decode(BindingJob, job) if job and owner else None for job, owner in pairs]
        return found

    def of_identity(self, path: RealmPath, identity_id: IdentityId) -> list[BindingJob]:
        items = self._table.query_all(
            "pk = :pk AND begins_with(sk, :prefix)",
            {
                ":pk": keys.identity(path.tenant_id, path.realm_id, identity_id).pk,
                ":prefix": keys.JOB_PREFIX,
            },
        )
        return [decode(BindingJob, item) for item in items]

    def at(self, now: int, owner: IdentityId | None = None) -> JobList:
        """Return the list of a realm's jobs, or of one identity's, as they are at `now`."""
        return JobList(self._table, now, owner)

    def create(self, job: BindingJob, also: Writes = ()) -> bool:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(lambda: self._create(job, attempt, also))
        except TransactionFailed as refusal:
            stored = refusal.items[1]
            if stored is not None and stored.get("put_id") == attempt:
                return True
            if refusal.reasons[0] != "None":
                return False
            if self._rates and refusal.reasons[_COUNTED] != "None":
                raise too_many(job.create_time) from refusal
            raise Unavailable(detail="job id or idempotency key taken") from refusal
        except Contended:
            raise
        except Unavailable:
            # The answer was lost. A job whose mail a sweep will send must not be made twice.
            if not self._took_effect(job, attempt):
                raise
        return True

    def _took_effect(self, job: BindingJob, attempt: str) -> bool:
        key = keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)
        stored = self._table.get(key)
        return stored is not None and stored.get("put_id") == attempt

    def renew(self, before: BindingJob, after: BindingJob) -> bool:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(
                lambda: self._table.transact(
                    renewal(self._table, before, after, attempt, self._counted(after)),
                    new_uuid(self._contention.randomness),
                )
            )
        except TransactionFailed as refusal:
            stored = refusal.items[0]
            if set(refusal.reasons[:_RENEWAL_COUNTED]) == {"None"} and self._rates:
                raise too_many(after.update_time) from refusal
            return stored is not None and stored.get("renew_id") == attempt
        return True

    def _counted(self, job: BindingJob) -> Writes:
        return [self._rates.write(job, job.update_time)] if self._rates else []

    def revoke(self, job: BindingJob, now: int) -> BindingJob | None:
        attempt = new_uuid(self._contention.randomness)
        key = keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)
        values = {
            ":revoked": REVOKED,
            ":now": now,
            ":attempt": attempt,
            **OPEN_VALUES,
            **moved(job, REVOKED),
            **keep_values(job.id, now),
        }
        try:
            item = self._contention.retry(
                lambda: self._table.update(
                    key,
                    "SET #state = :revoked, update_time = :now, end_id = :attempt, "
                    f"{MOVES}, {KEEP}",
                    f"{IS_OPEN} AND expire_time > :now",
                    names={"#state": "state"},
                    values=values,
                )
            )
        except ConditionFailed as refusal:
            if refusal.item is None or refusal.item.get("end_id") != attempt:
                return None
            item = refusal.item
        return decode(BindingJob, item)

    def _create(self, job: BindingJob, attempt: str, also: Writes) -> None:
        path = RealmPath(job.tenant_id, job.realm_id)
        owner = keys.identity(job.tenant_id, job.realm_id, job.identity_id)
        shard = self._contention.draw(keys.COUNT_SHARDS)
        writes = [
            self._table.check_write(owner, **may_receive(job)),
            self._table.put_write(_item(job, path, attempt), "attribute_not_exists(pk)"),
            count_write(self._table, path, JOBS, shard, 1),
            *self._counted(job),
            *also,
        ]
        if job.mail_state:
            writes.append(outbox_write(self._table, job))
        self._table.transact(writes, new_uuid(self._contention.randomness))


def _item(job: BindingJob, path: RealmPath, attempt: str) -> Item:
    return {
        **keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)._asdict(),
        **encode(job),
        **list_attributes(path, JOBS, job.create_time, job.id),
        **filter_attributes(job),
        "epk": keys.end_partition(keys.end_shard(job.id)),
        "esk": keys.end_sort(job.expire_time, job.id),
        "put_id": attempt,
    }
