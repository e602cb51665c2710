"""Batches that are not done: who works on one, and the results that end in the meantime.

One partition, with an item for each such batch, read consistently; empty most of the time.
"""

from typing import Any

from keybound.binding.ports_batches import QueuedBatch
from keybound.domain.binding_batch import BatchProgress, BatchResult, BindingBatch
from keybound.domain.ids import BatchId, RealmId, TenantId, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.binding_batches import BindingBatches, kept_until
from keybound.storage.codec import encode
from keybound.storage.contention import Contention
from keybound.storage.table import ConditionFailed, Contended, Table, TransactionFailed

_AS_SEEN = "due = :due AND claims = :claims"
_NOT_ENDED = "attribute_not_exists(pk) OR ended = :no"


class BatchQueue:
    """Satisfies `keybound.binding.ports_batches.BatchQueue`."""

    def __init__(self, grants: Table, contention: Contention) -> None:
        self._table = grants
        self._contention = contention
        self._batches = BindingBatches(grants, contention)

    def waiting(self) -> list[QueuedBatch]:
        found = []
        for item in self._table.query_all("pk = :pk", {":pk": keys.BATCH_QUEUE}):
            t, r, batch_id = item["sk"].split("#")
            path = RealmPath(TenantId(t), RealmId(r))
            place = QueuedBatch(path, BatchId(batch_id), int(item["due"]), int(item["claims"]))
            found.append(place)
        return found

    def claim(self, place: QueuedBatch, until: int) -> QueuedBatch | None:
        taken = QueuedBatch(place.path, place.batch_id, until, place.claims + 1)
        return taken if self._move(place, taken) else None

    def give_back(self, place: QueuedBatch, due: int) -> None:
        self._move(place, QueuedBatch(place.path, place.batch_id, due, place.claims))

    def _move(self, before: QueuedBatch, after: QueuedBatch) -> bool:
        """A repeat of a write whose answer was lost finds `claims` raised, and waits out a lease
        that nobody has: late, and never twice."""
        try:
            self._table.update(
                keys.queued_batch(*_names(before)),
                "SET due = :later, claims = :more",
                _AS_SEEN,
                values={
                    ":later": after.due,
                    ":more": after.claims,
                    ":due": before.due,
                    ":claims": before.claims,
                },
            )
        except (ConditionFailed, Contended):
            return False
        return True

    def remove(self, place: QueuedBatch) -> None:
        self._table.delete(keys.queued_batch(*_names(place)))

    def find(self, path: RealmPath, batch_id: BatchId, now: int) -> BatchProgress | None:
        return self._batches.find(path, batch_id, now)

    def ending(self, batch: BindingBatch, result: BatchResult) -> list[dict[str, Any]]:
        """Return the result's write, which fails if it has ended, and the count's: the realm's
        queue has room for one more."""
        return self._ending(batch, result, new_uuid(self._contention.randomness))

    def end(self, batch: BindingBatch, result: BatchResult) -> bool:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(
                lambda: self._table.transact(
                    self._ending(batch, result, attempt), new_uuid(self._contention.randomness)
                )
            )
        except TransactionFailed as refusal:
            stored = refusal.items[0]
            return stored is not None and stored.get("put_id") == attempt
        return True

    def note(self, batch: BindingBatch, result: BatchResult) -> bool:
        try:
            self._table.put(self._item(batch, result), _NOT_ENDED, values={":no": False})
        except ConditionFailed:
            return False
        return True

    def _ending(
        self, batch: BindingBatch, result: BatchResult, attempt: str
    ) -> list[dict[str, Any]]:
        item = {**self._item(batch, result), "put_id": attempt}
        return [
            self._table.put_write(item, _NOT_ENDED, values={":no": False}),
            self._table.update_write(
                keys.queued_identities(batch.tenant_id, batch.realm_id),
                "ADD queued :less",
                values={":less": -1},
            ),
        ]

    def _item(self, batch: BindingBatch, result: BatchResult) -> dict[str, Any]:
        key = keys.batch_result(batch.tenant_id, batch.realm_id, batch.id, result.identity_id)
        return {**key._asdict(), **encode(result), "ttl": kept_until(batch)}


def _names(place: QueuedBatch) -> tuple[TenantId, RealmId, BatchId]:
    return place.path.tenant_id, place.path.realm_id, place.batch_id
