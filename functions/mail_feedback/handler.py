"""Bounces, complaints and rejections of our mail, as SES tells them. Invoked by EventBridge only.

Returns `{"outcome"}`: `failed` when a job ended, `undelivered` for a mail that has no job (a
one-time password, word of a passkey), `ignored` when there was nothing to end, `refused` for an
event that is damaged, or of another account or configuration set. Never raises for what is
in an event, because EventBridge would bring the same one again; raises Unavailable, so that it
does.
Source: Amazon SES, event publishing to EventBridge.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from keybound.binding.mail_feedback import mail_failed
from keybound.edge.observability import log_request

from functions import composition
from functions.mail_feedback import wiring
from functions.mail_feedback.event import Refused, Undelivered, Verdict, read_event


class Context(Protocol):
    """The part of Lambda's context that is used."""

    invoked_function_arn: str


def lambda_handler(event: Mapping[str, Any], context: Context) -> dict[str, str]:
    ports = wiring.ports()
    account = context.invoked_function_arn.split(":")[4]
    try:
        verdict = read_event(event, account=account, configuration_set=ports.configuration_set)
    except Refused as refusal:
        return _log("refused", level="warning", code=str(refusal))
    if verdict is None:
        return _log("ignored")
    if isinstance(verdict, Undelivered):
        return _log_mail(verdict)
    if mail_failed(ports.jobs, verdict.link, verdict.reason, composition.clock):
        return _log("failed", verdict)
    return _log("ignored", verdict)


def _log_mail(mail: Undelivered) -> dict[str, str]:
    """The address itself is no business of the log; SES keeps those that bounced."""
    members = {"kind": mail.kind, "reason": mail.reason}
    members |= {"tenant_id": mail.path.tenant_id, "realm_id": mail.path.realm_id}
    log_request("mail event", room="mail_feedback", outcome="undelivered", **members)
    return {"outcome": "undelivered"}


def _log(
    outcome: str, verdict: Verdict | None = None, *, level: str = "info", code: str = ""
) -> dict[str, str]:
    ids: dict[str, str] = {}
    if verdict is not None:
        path = verdict.link.path
        ids = {"tenant_id": path.tenant_id, "realm_id": path.realm_id}
        ids |= {"job_id": verdict.link.job_id, "reason": verdict.reason}
    log_request("mail event", level=level, room="mail_feedback", outcome=outcome, code=code, **ids)
    return {"outcome": outcome}
