"""Counts what a request asks of AWS: calls, sequential round trips, read and write units.

Exact and repeatable. Calls are seen at botocore's one door for them. Branches that run in
parallel (`keybound.domain.parallel`) are run one after another here and count as their longest.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from keybound.domain import parallel

from tools.bench import capacity
from tools.bench.capacity import Typed

Door = Callable[[Any, str, dict[str, Any]], Any]


@dataclass
class Cost:
    """What one request asked of AWS. `calls`: times of each operation; `log_bytes`: the room's."""

    calls: Counter[str] = field(default_factory=Counter)
    round_trips: int = 0
    read_units: float = 0
    write_units: float = 0
    log_bytes: int = 0


@dataclass
class _Branch:
    """A run of calls after one another. `beside`: round trips of those in parallel to it."""

    round_trips: int = 0
    beside: list[int] = field(default_factory=list)


class _Meter:
    def __init__(self, door: Door) -> None:
        self.cost = Cost()
        self._door = door
        self._branches = [_Branch()]

    def call(self, client: Any, operation: str, params: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        self.cost.calls[f"{service}:{operation}"] += 1
        self._branches[-1].round_trips += 1
        self.cost.round_trips = self._branches[0].round_trips
        if service != "dynamodb":
            return self._door(client, operation, params)
        if operation in _READS:
            answer = self._door(client, operation, params)
            self.cost.read_units += _READS[operation](params, answer)
            return answer
        return self._write(client, operation, params)

    def _write(self, client: Any, operation: str, params: dict[str, Any]) -> Any:
        writes = _writes(operation, params)
        before = [self._stored(client, write) for write in writes]
        try:
            return self._door(client, operation, params)
        finally:  # a write whose condition fails costs as well
            times = capacity.TRANSACTIONAL if operation == "TransactWriteItems" else 1
            for write, old in zip(writes, before, strict=True):
                new = self._stored(client, write)
                self.cost.write_units += times * capacity.write_units(old, new)
                self.cost.write_units += capacity.index_units(write["TableName"], old, new)

    def _stored(self, client: Any, write: dict[str, Any]) -> Typed | None:
        key = write.get("Key") or {name: write["Item"][name] for name in ("pk", "sk")}
        asked = {"TableName": write["TableName"], "Key": key, "ConsistentRead": True}
        item: Typed | None = self._door(client, "GetItem", asked).get("Item")
        return item

    # In place of `parallel`'s pool and of its run of the last call

    def submit(self, call: Callable[[], Any]) -> "Future[Any]":
        branch, outcome = _Branch(), Future[Any]()
        self._branches.append(branch)
        try:
            outcome.set_result(call())
        except Exception as error:  # noqa: BLE001 - kept, and raised by whoever asks for the result
            outcome.set_exception(error)
        self._branches.pop()
        self._branches[-1].beside.append(branch.round_trips)
        return outcome

    def last(self, call: Callable[[], Any]) -> "Future[Any]":
        outcome, branch = self.submit(call), self._branches[-1]
        branch.round_trips += max(branch.beside)
        branch.beside.clear()
        self.cost.round_trips = self._branches[0].round_trips
        return outcome


@contextmanager
def metered() -> Iterator[Cost]:
    """Count what happens inside, in this thread."""
    meter = _Meter(BaseClient._make_api_call)

    def door(client: Any, operation: str, params: dict[str, Any]) -> Any:
        return meter.call(client, operation, params)

    with (
        patch.object(BaseClient, "_make_api_call", door),
        patch.object(parallel, "_pool", lambda: meter),
        patch.object(parallel, "_outcome", meter.last),
    ):
        yield meter.cost


def _got(params: dict[str, Any], answer: dict[str, Any]) -> float:
    consistent = params.get("ConsistentRead", False)
    return capacity.read_units([answer.get("Item")], consistent=consistent)


def _got_many(params: dict[str, Any], answer: dict[str, Any]) -> float:
    units = 0.0
    for table, asked in params["RequestItems"].items():
        found = list(answer["Responses"].get(table, []))
        missing = [None] * (len(asked["Keys"]) - len(found))
        consistent = asked.get("ConsistentRead", False)
        units += capacity.read_units(found + missing, consistent=consistent)
    return units


def _queried(params: dict[str, Any], answer: dict[str, Any]) -> float:
    consistent = params.get("ConsistentRead", False)
    return capacity.query_units(answer["Items"], consistent=consistent)


_READS = {"GetItem": _got, "BatchGetItem": _got_many, "Query": _queried}


def _writes(operation: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    if operation == "TransactWriteItems":
        return [write for entry in params["TransactItems"] for write in entry.values()]
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [params]
    raise ValueError(f"no rule says what {operation} costs")
