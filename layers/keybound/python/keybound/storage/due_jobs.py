"""Binding jobs that are due, found by the index `by_end`: open ones to be closed, ended ones to be
removed. The index only says where to look; each write is conditional on the item itself.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from keybound.binding.ports_expiry import Due, HasTime, Settled
from keybound.domain.binding_job import EXPIRED
from keybound.domain.errors import Unavailable
from keybound.domain.ids import JobId, RealmId, TenantId, new_uuid
from keybound.domain.parallel import together
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.binding_jobs import IS_OPEN, OPEN_VALUES
from keybound.storage.contention import Contention
from keybound.storage.ended_jobs import KEEP, keep_values
from keybound.storage.job_filters import MOVES, moved_at
from keybound.storage.keys import Key
from keybound.storage.realm_counts import JOBS, count_write
from keybound.storage.table import ConditionFailed, Contended, Table, TransactionFailed


def due_page(
    table: Table, partition: str, now: int, after: Due | None, limit: int
) -> Sequence[Due]:
    """Return what a partition of the index holds that is due by `now`, from behind `after` on."""
    entries, _ = table.query(
        "epk = :partition AND esk < :later",
        {":partition": partition, ":later": keys.end_sort(now + 1, JobId(""))},
        index=keys.BY_END,
        limit=limit,
        start={"pk": after.pk, "sk": after.sk, "epk": after.epk, "esk": after.esk}
        if after
        else None,
    )
    return [Due(e["pk"], e["sk"], e["epk"], e["esk"], keys.end_time(e["esk"])) for e in entries]


class ExpiredJobs:
    """Open jobs past their time; settling one moves it to EXPIRED. Satisfies
    `keybound.binding.ports_expiry.DueItems`."""

    shards = keys.END_SHARDS

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def page(self, shard: int, now: int, after: Due | None, limit: int) -> Sequence[Due]:
        return due_page(self._table, keys.end_partition(shard), now, after, limit)

    def settle(self, entries: Sequence[Due], now: int, has_time: HasTime) -> Sequence[Settled]:
        attempt = new_uuid(self._contention.randomness)
        return together(*(partial(self._close, due, now, attempt, has_time) for due in entries))

    def _close(self, due: Due, now: int, attempt: str, has_time: HasTime) -> Settled:
        """The job is kept from the moment it ended, however late it is closed."""
        if not has_time():
            return Settled.LEFT
        job_id = JobId(due.sk.removeprefix(keys.JOB_PREFIX))
        try:
            self._table.update(
                Key(due.pk, due.sk),
                f"SET #state = :expired, update_time = :now, end_id = :attempt, {MOVES}, {KEEP}",
                f"{IS_OPEN} AND expire_time <= :now",
                names={"#state": "state"},
                values={
                    ":expired": EXPIRED,
                    ":now": now,
                    ":attempt": attempt,
                    **OPEN_VALUES,
                    **keep_values(job_id, due.since),
                    **moved_at(Key(due.pk, due.sk), EXPIRED),
                },
            )
        except ConditionFailed as refusal:
            # A binding, a revocation or another run was first; or botocore repeated our own.
            ours = refusal.item is not None and refusal.item.get("end_id") == attempt
            return Settled.DONE if ours else Settled.GONE
        except Contended:
            return Settled.LEFT  # a binding is under way
        except Unavailable:
            return Settled.FAILED
        return Settled.DONE


class KeptJobs:
    """Jobs that ended long ago; settling one removes it, with its realm's count, many in one
    transaction. Satisfies `keybound.binding.ports_expiry.DueItems`."""

    shards = keys.END_SHARDS

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def page(self, shard: int, now: int, after: Due | None, limit: int) -> Sequence[Due]:
        return due_page(self._table, keys.kept_partition(shard), now, after, limit)

    def settle(self, entries: Sequence[Due], now: int, has_time: HasTime) -> Sequence[Settled]:
        groups: dict[RealmPath, list[Due]] = {}
        for due in entries:
            groups.setdefault(_realm(due), []).append(due)
        results: dict[Due, Settled] = {}
        for settled in together(
            *(partial(self._remove, realm, found, has_time) for realm, found in groups.items())
        ):
            results |= settled
        return [results[due] for due in entries]

    def _remove(
        self, realm: RealmPath, entries: list[Due], has_time: HasTime
    ) -> dict[Due, Settled]:
        """Remove all that are still there; once more without those that turned out to be gone."""
        results = dict.fromkeys(entries, Settled.LEFT)
        waiting = entries
        for _ in range(2):
            if not waiting or not has_time():
                break
            try:
                self._contention.retry(partial(self._apply, realm, waiting))
            except TransactionFailed as refusal:
                told = dict(zip(waiting, refusal.reasons, strict=False))
                results |= {due: Settled.GONE for due in waiting if told[due] != "None"}
                waiting = [due for due in waiting if told[due] == "None"]
            except Contended:
                break
            except Unavailable:
                return results | dict.fromkeys(waiting, Settled.FAILED)
            else:
                return results | dict.fromkeys(waiting, Settled.DONE)
        return results

    def _apply(self, realm: RealmPath, entries: Sequence[Due]) -> None:
        shard = self._contention.draw(keys.COUNT_SHARDS)
        writes = [self._removal(due) for due in entries]
        writes.append(count_write(self._table, realm, JOBS, shard, -len(entries)))
        self._table.transact(writes, new_uuid(self._contention.randomness))

    def _removal(self, due: Due) -> dict[str, Any]:
        """On condition of the entry that was read: a job that was reopened has another."""
        return self._table.delete_write(
            Key(due.pk, due.sk),
            "epk = :epk AND esk = :esk",
            values={":epk": due.epk, ":esk": due.esk},
        )


def _realm(due: Due) -> RealmPath:
    _, t, r, _ = due.pk.split("#")
    return RealmPath(TenantId(t), RealmId(r))
