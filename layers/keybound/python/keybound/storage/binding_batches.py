"""Batches of binding jobs in the Grants: what was asked for in one item, what became of each
identity in one of its own, and how many identities of the realm wait
(docs/adr/0060-a-batchs-result-ends-with-its-job.md).
"""

from typing import Any

from keybound.domain.binding_batch import (
    MAX_QUEUED,
    BatchProgress,
    BatchResult,
    BindingBatch,
    progress_of,
)
from keybound.domain.errors import TooManyRequests, Unavailable
from keybound.domain.ids import BatchId, new_uuid
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.contention import Contention
from keybound.storage.table import Contended, Table, TransactionFailed

RETRY_AFTER_S = 120
"""As often as the queue is worked off."""
TTL_MARGIN_S = 3 * 24 * 3600


class BindingBatches:
    """Satisfies `keybound.binding.ports_batches.Batches`."""

    def __init__(self, grants: Table, contention: Contention) -> None:
        self._table = grants
        self._contention = contention

    def create(self, batch: BindingBatch, also: Writes = ()) -> None:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(lambda: self._create(batch, attempt, also))
        except TransactionFailed as refusal:
            stored, counted = refusal.items[:2]
            if stored is not None and stored.get("put_id") == attempt:
                return
            if refusal.reasons[0] == "None" and counted is not None:
                raise _full(batch, int(counted["queued"])) from refusal
            raise Unavailable(detail="batch id or idempotency key taken") from refusal
        except Contended:
            raise
        except Unavailable:
            # The answer was lost. Links must not be mailed twice because of that.
            if not self._took_effect(batch, attempt):
                raise

    def find(self, path: RealmPath, batch_id: BatchId, now: int) -> BatchProgress | None:
        header_key = keys.binding_batch(path.tenant_id, path.realm_id, batch_id)
        items = {
            item["sk"]: item for item in self._table.query_all("pk = :pk", {":pk": header_key.pk})
        }
        header = items.pop(header_key.sk, None)
        if header is None or now >= header["expires_at"]:
            return None
        results = [decode(BatchResult, item) for item in items.values()]
        return progress_of(
            decode(BindingBatch, header), {result.identity_id: result for result in results}
        )

    def _create(self, batch: BindingBatch, attempt: str, also: Writes) -> None:
        t, r, ttl = batch.tenant_id, batch.realm_id, kept_until(batch)
        header = {**keys.binding_batch(t, r, batch.id)._asdict(), **encode(batch), "ttl": ttl}
        place = {**keys.queued_batch(t, r, batch.id)._asdict(), "ttl": ttl}
        writes = [
            self._table.put_write({**header, "put_id": attempt}, "attribute_not_exists(pk)"),
            self._count(batch, ttl),
            self._table.put_write({**place, "due": batch.create_time, "claims": 0}),
            *also,
        ]
        self._table.transact(writes, new_uuid(self._contention.randomness))

    def _count(self, batch: BindingBatch, ttl: int) -> dict[str, Any]:
        more = len(batch.identity_ids)
        return self._table.update_write(
            keys.queued_identities(batch.tenant_id, batch.realm_id),
            "SET #ttl = :ttl ADD queued :more",
            "attribute_not_exists(queued) OR queued <= :room",
            names={"#ttl": "ttl"},
            values={":more": more, ":room": MAX_QUEUED - more, ":ttl": ttl},
        )

    def _took_effect(self, batch: BindingBatch, attempt: str) -> bool:
        key = keys.binding_batch(batch.tenant_id, batch.realm_id, batch.id)
        stored = self._table.get(key)
        return stored is not None and stored.get("put_id") == attempt


def kept_until(batch: BindingBatch) -> int:
    """Return the `ttl` of a batch's items: some time after nobody can read it any more."""
    return batch.expires_at + TTL_MARGIN_S


def _full(batch: BindingBatch, queued: int) -> TooManyRequests:
    over = queued + len(batch.identity_ids) - MAX_QUEUED
    return TooManyRequests(
        f"the queue of this realm takes {MAX_QUEUED} identities:"
        f" {queued} are waiting, so this batch is {over} too many",
        retry_after_s=RETRY_AFTER_S,
    )
