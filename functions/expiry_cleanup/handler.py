"""Closes credential binding jobs that are past their time, and removes those that ended long ago.

Invoked by the scheduler, by no route. Safe to run twice at once and beside a binding. Returns
`{"closed", "removed", "passed_over", "left", "failed", "lag_s", "finished"}` and logs the same
members, which the deployment's metrics are read from.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from keybound.binding.expiry import Bounds, clean_up
from keybound.domain.errors import Unavailable
from keybound.edge.observability import log_request

from functions import composition
from functions.expiry_cleanup import wiring

RESERVE_MS = 10_000


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Raises Unavailable after the whole run if storage failed, so that the alarm hears of it."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE_MS

    tally = clean_up(wiring.due_items(), composition.clock(), Bounds(has_time))
    told: dict[str, Any] = {
        **tally.done,
        "passed_over": tally.passed_over,
        "left": tally.left,
        "failed": tally.failed,
        "lag_s": tally.lag_s,
        "finished": tally.finished,
    }
    level = "error" if tally.failed else "info"
    log_request("cleanup", level=level, room="expiry_cleanup", **told)
    if tally.failed:
        raise Unavailable(detail=f"the cleanup met {tally.failed} failed calls")
    return told
