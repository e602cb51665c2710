"""Watches and breaks the AWS calls that code really makes, at botocore's one door for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

Moment = Literal["before", "after"]


@dataclass(frozen=True)
class AwsCall:
    """One operation, for example `dynamodb`, `PutItem`, and its parameters."""

    service: str
    operation: str
    params: dict[str, Any]


@contextmanager
def count_aws_calls() -> Iterator[list[AwsCall]]:
    """Collect every call of every client, in the order they began."""
    calls: list[AwsCall] = []

    def watch(call: AwsCall, go_on: Callable[[], Any]) -> Any:
        calls.append(call)
        return go_on()

    with _at_the_door(watch):
        yield calls


@contextmanager
def fail_aws_call(which: int | str, moment: Moment, *, times: int = 1) -> Iterator[list[AwsCall]]:
    """Let a call fail: the n-th (from 1) or the first of an operation (`UpdateItem`).

    moment: `before` it took effect (the service refuses with an internal error), or `after` (it
    took effect, and the answer is lost). times: how many matching calls fail in a row, the
    first included. Yields the calls that were made to fail: assert that it is not empty.
    """
    seen, failed = [], list[AwsCall]()

    def break_it(call: AwsCall, go_on: Callable[[], Any]) -> Any:
        seen.append(call)
        first = which if isinstance(which, int) else None
        hit = len(seen) >= first if first is not None else call.operation == which
        if not hit or len(failed) >= times:
            return go_on()
        failed.append(call)
        if moment == "after":
            go_on()
            raise ReadTimeoutError(endpoint_url=f"https://{call.service}.invalid/")
        error = {"Code": "InternalServerError", "Message": "made to fail by a test"}
        raise ClientError({"Error": error}, call.operation)

    with _at_the_door(break_it):
        yield failed


@contextmanager
def _at_the_door(step: Callable[[AwsCall, Callable[[], Any]], Any]) -> Iterator[None]:
    original = BaseClient._make_api_call

    def make_api_call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        call = AwsCall(client.meta.service_model.service_name, operation, params)
        return step(call, lambda: original(client, operation, params))

    with patch.object(BaseClient, "_make_api_call", make_api_call):
        yield
