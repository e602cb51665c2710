"""Mails one-time passwords. Invoked by the room `otp`, which does not wait; by no route.

Event `{challenge_hash, ask_id}`; returns `{"outcome"}`. What may pass later is raised, so that
Lambda calls again; a second mail has the same code.
"""

from collections.abc import Mapping
from typing import Any

from keybound.edge.observability import log_request

from functions.otp_mail.wiring import ports


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    outcome = ports().see_to(str(event["challenge_hash"]), str(event["ask_id"]))
    # Whether anybody was there is no business of the log either: only what SES refused is told.
    refused = "ses a mail was refused" if outcome == "refused" else ""
    log_request("mail", room="otp_mail", detail=refused)
    return {"outcome": outcome}
