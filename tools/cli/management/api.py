"""Calls of the management API, as the commands for people make them.

The access token lives as long as the command and is kept nowhere. Creations carry an
Idempotency-Key, so that a call whose answer was lost is sent again without making anything twice.
"""

import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from tools.cli.doctor.failed import Failed
from tools.cli.doctor.http_client import Answer, exchange
from tools.cli.management.profiles import Profile
from tools.cli.management.refusals import NOT_NOW, Refusal, refusal, token_refusal

PAGE_SIZE = 100
_TRIES = 4
_LONGEST_WAIT_S = 30
_LONGEST_ANSWER = 8_000_000
_BUSY = (429, 503)


def pause(seconds: float) -> None:
    """Wait before a call is sent again."""
    time.sleep(seconds)


@dataclass
class ManagementApi:
    """The api host of one profile."""

    profile: Profile
    _token: str = field(default="", repr=False)

    @property
    def tenant_path(self) -> str:
        return f"/v1/tenants/{quote(self.profile.tenant_id, safe='')}"

    def call(self, method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """Return the members of a good answer; path: from `/v1` on. Raises Refusal."""
        url = f"{self.profile.api_base_url}{path}{'?' + urlencode(query) if query else ''}"
        headers, data = {"accept": "application/json"}, None
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        if method == "POST":
            headers["idempotency-key"] = uuid4().hex
        answer = self._authorized(method, url, headers, data)
        if answer.status >= 300:
            raise refusal(answer, str(self.profile))
        if answer.body and not answer.json():
            raise Refusal(f"{self.profile.api_base_url} answers something else than JSON")
        return answer.json()

    def pages(self, path: str, plural: str, **query: str) -> Iterator[dict[str, Any]]:
        """Return every resource of a list, page by page as they are needed."""
        token = ""
        while True:
            more = {"page_token": token} if token else {}
            page = self.call("GET", path, page_size=str(PAGE_SIZE), **query, **more)
            yield from page.get(plural, [])
            token = page.get("next_page_token", "")
            if not token:
                return

    def _authorized(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        for again in (False, True):
            self._token = self._token or self._new_token()
            sent = headers | {"authorization": f"Bearer {self._token}"}
            answer = self._patiently(method, url, sent, body)
            if answer.status != 401 or again:
                break
            self._token = ""  # it may have expired while a long list was read
        return answer

    def _new_token(self) -> str:
        pair = f"{quote(self.profile.client_id)}:{quote(self.profile.secret)}".encode()
        headers = {
            "authorization": f"Basic {b64encode(pair).decode()}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        form = urlencode({"grant_type": "client_credentials"}).encode()
        answer = self._patiently("POST", self.profile.token_endpoint, headers, form)
        token = answer.json().get("access_token")
        if answer.status != 200 or not isinstance(token, str):
            raise token_refusal(answer, str(self.profile))
        return token

    def _patiently(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Send, and send again while the answer is that nothing was decided, or, where a repeat
        changes nothing, when no answer came."""
        repeatable = method != "PATCH"
        for tried in range(1, _TRIES + 1):
            try:
                answer = exchange(method, url, headers, body, longest=_LONGEST_ANSWER)
            except Failed as failed:
                if not repeatable or tried == _TRIES or "refuses connections" in failed.found:
                    raise Refusal(f"{failed.found}\n  {failed.advice}", NOT_NOW) from failed
                pause(2**tried / 2)
                continue
            wait_s = _wait_s(answer, tried)
            if answer.status not in _BUSY or tried == _TRIES or wait_s > _LONGEST_WAIT_S:
                return answer
            pause(wait_s)
        raise AssertionError("the last try returns or raises")


def _wait_s(answer: Answer, tried: int) -> float:
    """Retry-After in seconds (RFC 9110 §10.2.3), else half a second, doubled each time."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 2**tried / 4
