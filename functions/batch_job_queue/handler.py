"""Makes the binding jobs of batches. Invoked by the scheduler, by no route.

Returns `{"made", "failed", "delayed", "passed_over", "held_off", "finished"}` and logs the same
members. Safe to run twice at once; what time does not suffice for is left to the next run.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from keybound.binding.batch_work import work_off
from keybound.domain.errors import Unavailable
from keybound.edge.observability import log_request

from functions.batch_job_queue import wiring

# One mail takes at most three tries of six seconds; a full run stays below what is called slow.
RESERVE_MS = 30_000


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Raises Unavailable after the whole run if storage failed, so that the alarm hears of it."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE_MS

    worked = work_off(wiring.ports(), has_time)
    level = "error" if worked.held_off else "info"
    log_request("batches", level=level, room="batch_job_queue", **asdict(worked))
    if worked.held_off:
        raise Unavailable(detail=f"storage failed under {worked.held_off} batches")
    return asdict(worked)
