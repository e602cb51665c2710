"""Sends binding links whose mail was not sent for certain, and tells people about their passkeys.
Invoked by the scheduler, by no route.

Returns `{"sent", "failed", "delayed", "dropped", "finished"}` of links, and `notices` of the same
members. Safe to run twice at once, and beside the request that made a job.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from keybound.binding.mailing import sweep_outbox
from keybound.binding.passkey_notices import sweep_notices
from keybound.edge.observability import log_request

from functions.mail_outbox import wiring

RESERVE_MS = 20_000  # one mail takes at most three tries of six seconds


class Context(Protocol):
    """The part of Lambda's context that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE_MS

    ports = wiring.ports()
    swept = asdict(sweep_outbox(ports.flows, ports.mail, has_time))
    told = asdict(sweep_notices(ports.notices, has_time))
    _log("mails", swept)
    _log("notices", told)
    return {**swept, "notices": told}


def _log(what: str, swept: Mapping[str, Any]) -> None:
    detail = "ses mails were refused or delayed" if swept["failed"] or swept["delayed"] else ""
    log_request(what, level="info", room="mail_outbox", detail=detail, **swept)
