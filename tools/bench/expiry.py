"""`bench expiry`: what cleaning up very many binding jobs asks of DynamoDB, and its CPU.

The room's own flow and storage, over a table in memory that knows the few calls they make and
judges each condition; contract tests put the same calls to real tables.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from os import urandom
from threading import Lock
from time import process_time
from typing import Any

from botocore.exceptions import ClientError
from keybound.binding.expiry import Bounds, Tally, clean_up
from keybound.binding.ports_expiry import DueItems
from keybound.domain.binding_job import ENDED_KEPT_S, LINK_SENT
from keybound.domain.ids import IdentityId, JobId, RealmId, TenantId
from keybound.storage import keys
from keybound.storage.contention import Contention
from keybound.storage.due_jobs import ExpiredJobs, KeptJobs
from keybound.storage.table import Table

from tools.bench.report import Report

JOBS = 100_000
#: Most calls for a job, of closing and of removing.
CALLS = {"closed": 1.03, "removed": 0.06}
ENDED = 1_800_000_000
Wire = dict[str, Any]
Place = tuple[str, str]


class MemoryTable:
    """A stand-in for the client: jobs, their index, and a count for each realm."""

    def __init__(self, jobs: int, realms: int = 1) -> None:
        self.calls: Counter[str] = Counter()
        self.items: dict[Place, Wire] = {}
        self.counts: Counter[str] = Counter()
        self._index: dict[str, list[tuple[str, Place]]] = {}
        self._lock = Lock()
        for number in range(jobs):
            self._create(number, RealmId(f"{number % realms:016x}"))
        for entries in self._index.values():
            entries.sort()

    def _create(self, number: int, r: RealmId) -> None:
        job_id = JobId(urandom(8).hex())
        place = keys.binding_job(TenantId("0" * 16), r, IdentityId(f"{number:016x}"), job_id)
        item = {
            "state": {"S": LINK_SENT},
            "expire_time": {"N": str(ENDED)},
            "epk": {"S": keys.end_partition(keys.end_shard(job_id))},
            "esk": {"S": keys.end_sort(ENDED, job_id)},
        }
        self.items[place] = item
        self._index.setdefault(item["epk"]["S"], []).append((item["esk"]["S"], place))

    def query(self, **asked: Any) -> Wire:
        self.calls["Query"] += 1
        values, start = asked["ExpressionAttributeValues"], asked.get("ExclusiveStartKey")
        with self._lock:
            entries = self._index.get(values[":partition"]["S"], [])
            behind = (
                (start["esk"]["S"], (start["pk"]["S"], start["sk"]["S"] + "\0")) if start else ()
            )
            first = bisect_left(entries, behind) if start else 0
            last = bisect_left(entries, (values[":later"]["S"],))
            found = entries[first : min(last, first + asked["Limit"])]
        return {
            "Items": [
                {
                    "pk": {"S": pk},
                    "sk": {"S": sk},
                    "esk": {"S": esk},
                    "epk": values[":partition"],
                }
                for esk, (pk, sk) in found
            ]
        }

    def update_item(self, **asked: Any) -> Wire:
        place, values = _place(asked), asked["ExpressionAttributeValues"]
        with self._lock:
            self.calls["UpdateItem"] += 1
            item = self.items[place]
            due = int(item["expire_time"]["N"]) <= int(values[":now"]["N"])
            if item["state"]["S"] != LINK_SENT or not due:
                raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "")
            self._leave(item, place)
            item |= {"state": values[":expired"]}
            item |= {"epk": values[":kept"], "esk": values[":kept_until"]}
            insort(self._index.setdefault(item["epk"]["S"], []), (item["esk"]["S"], place))
        return {"Attributes": item}

    def transact_write_items(self, **asked: Any) -> None:
        *removals, count = asked["TransactItems"]
        with self._lock:
            self.calls["TransactWriteItems"] += 1
            deleted = [(_place(each["Delete"]), each["Delete"]) for each in removals]
            for place, each in deleted:
                values = each["ExpressionAttributeValues"]
                if self.items[place]["esk"] != values[":esk"]:
                    raise ClientError({"Error": {"Code": "TransactionCanceledException"}}, "")
            for place, _ in deleted:
                self._leave(self.items.pop(place), place)
            values = count["Update"]["ExpressionAttributeValues"]
            self.counts[count["Update"]["Key"]["pk"]["S"]] += int(values[":change"]["N"])

    def _leave(self, item: Wire, place: Place) -> None:
        entries = self._index[item["epk"]["S"]]
        entry = (item["esk"]["S"], place)
        del entries[bisect_left(entries, entry)]


def _place(asked: Mapping[str, Any]) -> Place:
    return keys.Key(asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"])


@dataclass(frozen=True)
class Cleaned:
    """One run: what it did, its calls, and its CPU in seconds."""

    tally: Tally
    calls: Counter[str]
    cpu_s: float


def clean(table: MemoryTable, now: int, entries: int = 2 * JOBS) -> Cleaned:
    directory, contention = Table(lambda: table, "directory"), Contention(urandom)
    kinds: dict[str, DueItems] = {
        "closed": ExpiredJobs(directory, contention),
        "removed": KeptJobs(directory, contention),
    }
    table.calls.clear()
    started = process_time()
    tally = clean_up(kinds, now, Bounds(lambda: True, entries))
    return Cleaned(tally, Counter(table.calls), process_time() - started)


def run() -> Report:
    table = MemoryTable(JOBS)
    runs = {"closed": clean(table, ENDED), "removed": clean(table, ENDED + ENDED_KEPT_S)}
    each = {kind: run.calls.total() / JOBS for kind, run in runs.items()}
    missed = [f"{kind}: {each[kind]:.3f} calls a job" for kind in runs if each[kind] > CALLS[kind]]
    missed += [f"{kind}: {r.tally}" for kind, r in runs.items() if r.tally.done[kind] != JOBS]
    return Report(
        ("100,000 jobs", "calls", "calls a job", "CPU µs a job, without AWS's client"),
        [
            (
                kind,
                ", ".join(f"{name} x{times}" for name, times in run.calls.items()),
                f"{each[kind]:.3f}",
                f"{run.cpu_s / JOBS * 1e6:.0f}",
            )
            for kind, run in runs.items()
        ],
        {kind: {"calls": dict(r.calls), "cpu_s": r.cpu_s} for kind, r in runs.items()},
        failures=missed,
    )
