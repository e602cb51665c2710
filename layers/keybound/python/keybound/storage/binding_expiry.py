"""Finds open jobs that are past their time, by the index `by_end`, and closes them.

The index is eight partitions of open jobs, each in order of the moment they end. It only says where
to look: each job is closed on condition that it is still open and still past its time.
"""

from keybound.domain.binding_job import EXPIRED
from keybound.domain.ids import JobId
from keybound.storage import keys
from keybound.storage.binding_jobs import IS_OPEN, OPEN_VALUES
from keybound.storage.keys import Key
from keybound.storage.table import ConditionFailed, Contended, Table


class BindingExpiry:
    """Satisfies `keybound.binding.ports.Expiry`."""

    shards = keys.END_SHARDS

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def past_their_time(self, shard: int, now: int, limit: int) -> list[tuple[str, str]]:
        entries, _ = self._table.query(
            "epk = :partition AND esk < :past",
            {":partition": keys.end_partition(shard), ":past": keys.end_sort(now + 1, JobId(""))},
            index=keys.BY_END,
            limit=limit,
        )
        return [(entry["pk"], entry["sk"]) for entry in entries]

    def close(self, place: tuple[str, str], now: int) -> bool:
        try:
            self._table.update(
                Key(*place),
                "SET #state = :expired, update_time = :now REMOVE epk, esk",
                f"{IS_OPEN} AND expire_time <= :now",
                names={"#state": "state"},
                values={":expired": EXPIRED, ":now": now, **OPEN_VALUES},
            )
        except (ConditionFailed, Contended):
            return False  # a binding or a revocation got there first, or is under way
        return True
