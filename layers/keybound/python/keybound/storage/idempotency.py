"""Answers to creations that carried an idempotency key, in the Grants table.

An answer is written in the transaction that makes the resource, across both tables, so there is no
moment in which one of them exists without the other (docs/adr/0032-*.md).
"""

from typing import Any

from keybound.domain.ids import TenantId
from keybound.domain.receipt import Answered
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.table import Table

TTL_MARGIN_S = 3600


class IdempotencyRecords:
    """Satisfies `keybound.edge.idempotency.Records`."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def find(self, tenant_id: TenantId, key_hash: str, now: int) -> Answered | None:
        item = self._table.get(keys.idempotency(tenant_id, key_hash))
        found = decode(Answered, item) if item is not None else None
        return found if found is not None and now < found.expires_at else None

    def write(
        self, tenant_id: TenantId, key_hash: str, answered: Answered, now: int
    ) -> dict[str, Any]:
        item = {
            **keys.idempotency(tenant_id, key_hash)._asdict(),
            **encode(answered),
            "ttl": answered.expires_at + TTL_MARGIN_S,
        }
        return self._table.put_write(
            item, "attribute_not_exists(pk) OR expires_at <= :now", values={":now": now}
        )
