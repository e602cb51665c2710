"""One HTTP exchange, as the doctor makes it: no redirects, nothing kept, failures named."""

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tools.cli.doctor.failed import Failed

TIMEOUT_S = 15
_LONGEST_ANSWER = 1_000_000


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the members of a JSON object, or none when the body is no such thing."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def listed(self, member: str) -> list[dict[str, Any]]:
        """Return the objects in a list that is a member of the body."""
        found = self.json().get(member)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    *,
    longest: int = _LONGEST_ANSWER,
) -> Answer:
    """Send one request and read up to `longest` bytes. Raises Failed when no answer comes."""
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if urlsplit(url).hostname in ("localhost", "127.0.0.1"):
        # The machine's proxy settings are for the world outside.
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return _answer(answer, longest)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error, longest)
    except (OSError, http.client.HTTPException) as error:
        raise _unreached(url, error) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Nothing that is asked here redirects: whatever does stands in front of us."""
        return None


def _answer(answer: Any, longest: int) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(int(answer.status), headers, answer.read(longest))


def _unreached(url: str, error: Exception) -> Failed:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urlsplit(url).netloc
    if isinstance(reason, ssl.SSLError):
        return Failed(
            f"TLS fails: {reason}",
            f"give {host} a certificate that is valid for this name; nothing may be checked less",
        )
    if isinstance(reason, socket.gaierror):
        return Failed(f"{host} has no address", f"make the DNS record of {host}, or wait for it")
    if isinstance(reason, ConnectionRefusedError):
        return Failed(f"{host} refuses connections", "start it, or correct the base URL")
    if isinstance(reason, TimeoutError):
        return Failed(
            f"no answer within {TIMEOUT_S} s", f"look at what stands in front of {host}: firewall"
        )
    return Failed(f"no answer: {reason}", f"look at what listens on {host}")
