"""Posts logout tokens to applications whose logins ended. Invoked by the scheduler, by no route.

Returns how many were delivered, put off, given up. Safe to run twice at once. Raises Unavailable
after the whole run if storage failed, so that the alarm hears of it.
OpenID Connect Back-Channel Logout 1.0.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from keybound.domain.errors import Unavailable
from keybound.edge.observability import log_request

from functions.backchannel_logout import wiring

RESERVE_MS = 10_000


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE_MS

    counts = asdict(wiring.ports().run(has_time))
    level = "warning" if counts["given_up"] else "info"
    level = "error" if counts["failed"] else level
    log_request("backchannel logout", level=level, room="backchannel_logout", **counts)
    if counts["failed"]:
        raise Unavailable(detail=f"logouts met {counts['failed']} failed calls")
    return counts
