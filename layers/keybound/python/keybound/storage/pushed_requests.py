"""Pushed authorization requests in the Grants table.

Satisfies PushedRequestStore, -Reader and -Consumer of `keybound.oauth.ports_pushed`.
"""

from keybound.domain.errors import Unavailable
from keybound.domain.pushed_request import PushedRequest
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.table import ConditionFailed, Table


class PushedRequests:
    """Stores, reads and uses up what was pushed."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def create(self, pushed: PushedRequest) -> None:
        key = keys.pushed_request(pushed.request_hash)
        try:
            self._table.put({**key._asdict(), **encode(pushed)}, "attribute_not_exists(pk)")
        except ConditionFailed as failed:
            if failed.item is None or failed.item.get("put_id") != pushed.put_id:
                raise Unavailable(detail="request_uri drawn twice") from failed

    def find(self, request_hash: str) -> PushedRequest | None:
        item = self._table.get(keys.pushed_request(request_hash))
        return decode(PushedRequest, item) if item is not None else None

    def consume(self, request_hash: str, *, use_id: str, now: int) -> bool:
        try:
            self._table.update(
                keys.pushed_request(request_hash),
                "SET used_at = :now, use_id = :use",
                "attribute_exists(pk) AND (used_at = :zero OR use_id = :use)",
                values={":now": now, ":use": use_id, ":zero": 0},
            )
        except ConditionFailed:
            return False
        return True
