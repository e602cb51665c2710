"""Sends binding links whose mail was not sent for certain, and tells people about their passkeys.
Invoked by the scheduler, by no route.

Returns `{"sent", "failed", "delayed", "dropped", "broken", "finished"}` of links, and `notices` of
the same members. Safe to run twice at once, and beside the request that made a job. Raises
Unavailable after the whole run if storage failed, so that the alarm hears of it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from keybound.binding.mailing import sweep_outbox
from keybound.binding.passkey_notices import sweep_notices
from keybound.binding.sweeping import Run
from keybound.domain.errors import Unavailable
from keybound.edge.observability import log_request

from functions import composition
from functions.mail_outbox import wiring

RESERVE_MS = 20_000  # one mail takes at most three tries of six seconds


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    def run_until(left_ms: int) -> Run:
        start = composition.randomness(8).hex()
        return Run(lambda: context.get_remaining_time_in_millis() > left_ms, start)

    ports, half_ms = wiring.ports(), context.get_remaining_time_in_millis() // 2
    # Half of the time for word of somebody's passkey, however many links there are to send.
    told = asdict(sweep_notices(ports.notices, run_until(max(RESERVE_MS, half_ms))))
    swept = asdict(sweep_outbox(ports.flows, ports.mail, run_until(RESERVE_MS)))
    _log("mails", swept)
    _log("notices", told)
    if broken := swept["broken"] + told["broken"]:
        raise Unavailable(detail=f"the outbox met {broken} failed calls")
    return {**swept, "notices": told}


def _log(what: str, swept: Mapping[str, Any]) -> None:
    detail = "ses mails were refused or delayed" if swept["failed"] or swept["delayed"] else ""
    level = "error" if swept["broken"] else "info"
    log_request(what, level=level, room="mail_outbox", detail=detail, **swept)
