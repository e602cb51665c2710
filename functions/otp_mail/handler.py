"""Mails one-time passwords. Invoked by the room `otp`, which does not wait; by no route.

Event `{challenge_hash, ask_id}`; returns `{"outcome"}`. What may pass later is raised, so that
Lambda calls again; a second mail has the same code.
"""

from collections.abc import Mapping
from typing import Any

from keybound.edge.observability import log_request

from functions.otp_mail.wiring import ports

_TROUBLE = {
    "refused": "ses a mail was refused",
    "limited": "the deployment's mails of one-time passwords for a realm and day are used up",
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    outcome = ports().see_to(str(event["challenge_hash"]), str(event["ask_id"]))
    # Whether anybody was there is no business of the log either: only what an operator can mend.
    trouble = _TROUBLE.get(outcome, "")
    level = "warning" if trouble else "info"
    log_request("mail", level=level, room="otp_mail", detail=trouble)
    return {"outcome": outcome}
