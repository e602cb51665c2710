"""Closes credential binding jobs that are past their time. Invoked by the scheduler, by no route.

Returns `{"closed", "passed_over", "finished"}`. Safe to run twice at once and beside a binding.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from keybound.binding.expiry import close_expired_jobs
from keybound.edge.observability import log_request

from functions import composition
from functions.expiry_cleanup import wiring

RESERVE_MS = 5_000


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE_MS

    swept = close_expired_jobs(wiring.expiry(), composition.clock, has_time)
    counts: dict[str, Any] = {
        "closed": swept.closed,
        "passed_over": swept.passed_over,
        "finished": swept.finished,
    }
    log_request("cleanup", level="info", room="expiry_cleanup", **counts)
    return counts
