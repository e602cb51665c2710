"""What only the development server has, below `/_dev` on the auth port. No room knows of it.

GET  /_dev/mail      every mail sent so far, newest last: [{to, from, subject, text, html, sent_at}]
GET  /_dev/mailbox   the same as a page
POST /_dev/clock     {"advance_s": n} moves the clock of every room: {"now", "offset_s"}
POST /_dev/run/{room}  runs a scheduled room once: {"room", "result"}
"""

import html
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from keybound.domain.clock import SystemClock

from functions.manifest import room
from tools.devserver.events import HttpAnswer, HttpCall
from tools.devserver.invocation import run_schedule
from tools.devserver.outbox import Mail
from tools.devserver.refusals import own_answer

PREFIX = "/_dev"
MAILBOX = f"{PREFIX}/mailbox"
_OWN_NAMES = ("localhost", "127.0.0.1", "::1")
_FURTHEST_S = 100 * 365 * 24 * 3600


class DevPages:
    """Answers calls below `/_dev`; None for all others.

    send_waiting: sends what a schedule would have sent by now; called before mail is shown.
    """

    def __init__(
        self,
        mails: Sequence[Mail],
        origins: Collection[str],
        send_waiting: Callable[[], object] = lambda: None,
    ) -> None:
        self._mails = mails
        self._send_waiting = send_waiting
        self._origins = origins
        self._routes: dict[tuple[str, str], Callable[[HttpCall], HttpAnswer]] = {
            ("GET", f"{PREFIX}/mail"): self._mail,
            ("GET", MAILBOX): self._mailbox,
            ("POST", f"{PREFIX}/clock"): self._clock,
        }

    def __call__(self, call: HttpCall) -> HttpAnswer | None:
        if call.path != PREFIX and not call.path.startswith(f"{PREFIX}/"):
            return None
        if self._is_foreign(call):
            return own_answer(403, "Only this machine's own pages may ask this")
        if call.method == "POST" and call.path.startswith(f"{PREFIX}/run/"):
            return self._run(call)
        endpoint = self._routes.get((call.method, call.path))
        return endpoint(call) if endpoint else own_answer(404, "Not Found")

    def _is_foreign(self, call: HttpCall) -> bool:
        """Whether a page of another site sent this through the developer's browser."""
        headers = {name.lower(): value for name, value in call.headers}
        if _host_name(headers.get("host", "localhost")) not in _OWN_NAMES:
            return True  # a foreign name that was made to lead here (DNS rebinding)
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return True
        navigates = headers.get("sec-fetch-mode") == "navigate" and call.method == "GET"
        return headers.get("sec-fetch-site") == "cross-site" and not navigates

    def _mail(self, _: HttpCall) -> HttpAnswer:
        self._send_waiting()
        return _json([mail.as_json() for mail in self._mails])

    def _clock(self, call: HttpCall) -> HttpAnswer:
        try:
            seconds = json.loads(call.body)["advance_s"]
        except (ValueError, TypeError, KeyError):
            seconds = None
        if type(seconds) is not int or abs(seconds + SystemClock.offset_s) > _FURTHEST_S:
            return own_answer(400, 'Send {"advance_s": n}, n in whole seconds')
        SystemClock.offset_s += seconds
        return _json({"now": SystemClock()(), "offset_s": SystemClock.offset_s})

    def _run(self, call: HttpCall) -> HttpAnswer:
        name = call.path.removeprefix(f"{PREFIX}/run/")
        try:
            scheduled = room(name)
        except KeyError:
            return own_answer(404, "No such room")
        if not scheduled.schedule_minutes:
            return own_answer(404, "This room runs by no schedule")
        return _json({"room": name, "result": run_schedule(scheduled, SystemClock()())})

    def _mailbox(self, _: HttpCall) -> HttpAnswer:
        self._send_waiting()
        mails = "".join(_article(mail) for mail in reversed(self._mails))
        page = _PAGE.format(mails=mails or "<p>No mail was sent yet.</p>")
        headers = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
            "img-src data:; frame-src 'self' data:; frame-ancestors 'none'",
        }
        return HttpAnswer(200, headers, page.encode())


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _json(value: Any) -> HttpAnswer:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return HttpAnswer(200, headers, json.dumps(value).encode())


def _article(mail: Mail) -> str:
    heading = f"{mail.sender} to {', '.join(mail.to)}, {mail.sent_at}"
    content = f"<pre>{html.escape(mail.text)}</pre>"
    if mail.html:  # sandboxed: no scripts; its links open in a new tab
        content = (
            '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="the message"'
            f' srcdoc="{html.escape(f"<base target=_blank>{mail.html}")}"></iframe>'
            f"<details><summary>The same as plain text</summary>{content}</details>"
        )
    return (
        f"<article><h2>{html.escape(mail.subject)}</h2><p>{html.escape(heading)}</p>"
        f"{content}</article>"
    )


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Mail, development server</title>
<meta name="viewport" content="width=device-width">
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto;
    padding: 0 1rem }}
  article {{ border: 1px solid #888; border-radius: .5rem; padding: 0 1rem; margin: 1rem 0 }}
  h2 {{ margin-bottom: 0 }}
  h2 + p {{ margin-top: .25rem; overflow-wrap: anywhere }}
  iframe {{ width: 100%; height: 35rem; border: 1px solid #bbb; background: #fff;
    resize: vertical }}
  @media (max-width: 40rem) {{ iframe {{ height: 53rem }} }}
  details {{ margin: .5rem 0 1rem }}
  pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}
</style>
<main>
<h1>Mail that was sent</h1>
<p>The newest first. Kept in this process only; nothing left this machine.
<a href="">Look again</a>, or read it as JSON: <a href="/_dev/mail">/_dev/mail</a></p>
{mails}
</main>
</html>
"""
