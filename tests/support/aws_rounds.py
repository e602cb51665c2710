"""Whether AWS calls really overlap, and answers that are true but incomplete."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.support.aws_calls import AwsCall

WAIT_S = 20


@contextmanager
def expect_rounds(*rounds: tuple[str, ...]) -> Iterator[list[AwsCall]]:
    """Hold every call until all calls of its round have begun, then let them go.

    rounds: operations of each round trip. Calls that come one after another where one round was
    promised never meet, and fail after a while; calls too many fail at once. Nothing is timed.
    """
    calls: list[AwsCall] = []
    begun = threading.Lock()
    barriers = [threading.Barrier(len(operations)) for operations in rounds]
    places = [n for n, operations in enumerate(rounds) for _ in operations]

    def watch(call: AwsCall, go_on: Callable[[], Any]) -> Any:
        with begun:
            calls.append(call)
            number = len(calls) - 1
        assert number < len(places), f"one call too many: {call.operation}"
        barriers[places[number]].wait(WAIT_S)
        return go_on()

    with _watched(watch):
        yield calls
    found = [call.operation for call in calls]
    seen = [tuple(sorted(found[k] for k in _indices(places, n))) for n in range(len(rounds))]
    assert seen == [tuple(sorted(operations)) for operations in rounds]


@contextmanager
def leave_keys_unprocessed(times: int) -> Iterator[list[AwsCall]]:
    """Let the first `times` BatchGetItem answers say that no key of theirs was processed."""
    held: list[AwsCall] = []

    def watch(call: AwsCall, go_on: Callable[[], Any]) -> Any:
        if call.operation != "BatchGetItem" or len(held) >= times:
            return go_on()
        held.append(call)
        wanted = call.params["RequestItems"]
        return {"Responses": {name: [] for name in wanted}, "UnprocessedKeys": wanted}

    with _watched(watch):
        yield held


def _indices(places: list[int], number: int) -> list[int]:
    return [at for at, place in enumerate(places) if place == number]


@contextmanager
def _watched(step: Callable[[AwsCall, Callable[[], Any]], Any]) -> Iterator[None]:
    original = BaseClient._make_api_call

    def make_api_call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        call = AwsCall(client.meta.service_model.service_name, operation, params)
        return step(call, lambda: original(client, operation, params))

    with patch.object(BaseClient, "_make_api_call", make_api_call):
        yield
