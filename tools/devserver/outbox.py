"""Keeps what was sent by mail, because there is nobody to send it to.

moto keeps only one of a message's two bodies, so the messages are taken from the calls themselves,
once SES has accepted them.
"""

import email
import email.policy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.message import MIMEPart
from typing import Any

from keybound.domain.clock import rfc3339
from keybound.edge import aws


@dataclass(frozen=True)
class Mail:
    """One message. `to`: every recipient. `sent_at`: RFC 3339."""

    to: list[str]
    sender: str
    subject: str
    text: str
    html: str
    sent_at: str

    def as_json(self) -> dict[str, Any]:
        members = asdict(self)
        return {"to": members.pop("to"), "from": members.pop("sender"), **members}


class Outbox:
    """Watches SendEmail of SES version 2 in the clients that are made after `watch`."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.mails: list[Mail] = []
        self._now = now

    def watch(self) -> None:
        """Hook into the session that the rooms' clients come from."""
        events = aws.session().get_component("event_emitter")
        events.register("before-parameter-build.sesv2.SendEmail", self._before)
        events.register("after-call.sesv2.SendEmail", self._after)

    def _before(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["keybound_mail"] = params

    def _after(self, http_response: Any, context: Mapping[str, Any], **_: Any) -> None:
        if http_response.status_code == 200:
            self.mails.append(_read(context["keybound_mail"], rfc3339(self._now())))


def _read(params: Mapping[str, Any], sent_at: str) -> Mail:
    destination = params.get("Destination", {})
    to = [
        address
        for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in destination.get(kind, [])
    ]
    content = params["Content"]
    if "Raw" in content:
        return _read_raw(params.get("FromEmailAddress", ""), to, content["Raw"]["Data"], sent_at)
    body = content["Simple"]["Body"]
    return Mail(
        to,
        params.get("FromEmailAddress", ""),
        content["Simple"]["Subject"]["Data"],
        body.get("Text", {}).get("Data", ""),
        body.get("Html", {}).get("Data", ""),
        sent_at,
    )


def _read_raw(sender: str, to: list[str], data: bytes | str, sent_at: str) -> Mail:
    raw = data.encode() if isinstance(data, str) else data
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return Mail(
        to or [address.strip() for address in str(message.get("To", "")).split(",")],
        sender or str(message.get("From", "")),
        str(message.get("Subject", "")),
        _content(text),
        _content(html),
        sent_at,
    )


def _content(part: "MIMEPart | None") -> str:
    """The part as text; line ends as files have them, not as mails do."""
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
