"""HTTP calls as API Gateway hands them to a function: events of payload format 2.0, and answers.

Bodies are text only for `text/*` and application/json, xml and javascript; everything else, forms
and calls without a content type among them, arrives as base64. Header names are lower-case, repeats
are joined with commas, and cookies have a list of their own.
"""

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from functions.manifest import Host
from tools.devserver.routing import Match

ACCOUNT_ID = "000000000000"
MAX_HEADER_BYTES = 10_240
_TEXT_TYPES = ("application/json", "application/xml", "application/javascript")


@dataclass(frozen=True)
class HttpCall:
    """A request as it came over the wire. `target`: path and query as sent; `headers`: in order."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    protocol: str = "HTTP/1.1"
    source_ip: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class HttpAnswer:
    """What a function answered. Header names are lower-case; `cookies` are Set-Cookie values."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True)
class LambdaContext:
    """The second argument of a handler: what rooms may use of it."""

    function_name: str
    aws_request_id: str
    timeout_s: int

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:{self.function_name}:live"

    def get_remaining_time_in_millis(self) -> int:
        return self.timeout_s * 1000


def http_event(call: HttpCall, match: Match, host: Host) -> dict[str, Any]:
    """Return the event for a call on one of the two APIs."""
    headers, cookies = _headers(call.headers)
    query = call.target.partition("?")[2]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route_key,
        "rawPath": unquote(call.path),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _context(call, match, host, headers.get("user-agent", "")),
        **_body(call.body, headers),
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _query_parameters(query)
    if match.parameters:
        event["pathParameters"] = dict(match.parameters)
    return event


def schedule_event(now_s: int) -> dict[str, Any]:
    """Return what the platform's scheduler sends."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "source": "aws.scheduler",
        "detail-type": "Scheduled Event",
        "account": ACCOUNT_ID,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s)),
        "resources": [],
        "detail": {},
    }


def read_answer(result: Any) -> HttpAnswer:
    """Read what a handler returned.

    Raises ValueError for anything but the full response form: what API Gateway would otherwise
    guess is a bug of ours.
    """
    if not isinstance(result, Mapping) or not isinstance(result.get("statusCode"), int):
        raise ValueError("a handler must return an object with a statusCode")
    body = result.get("body") or ""
    headers = {str(k).lower(): str(v) for k, v in (result.get("headers") or {}).items()}
    if body:
        headers.setdefault("content-type", "text/plain;charset=utf-8")
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise ValueError(f"more than {MAX_HEADER_BYTES} bytes of headers")
    data = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode("utf-8")
    return HttpAnswer(result["statusCode"], headers, data, tuple(result.get("cookies") or ()))


def _headers(sent: Sequence[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in ((name.lower(), value) for name, value in sent):
        if name == "cookie":
            cookies += [part.strip() for part in value.split(";") if part.strip()]
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers, cookies


def _body(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return {"body": body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # the room must see the bytes that were sent, not replacements for them
    return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}


def _query_parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _context(call: HttpCall, match: Match, host: Host, user_agent: str) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": ACCOUNT_ID,
        "apiId": f"local{host}",
        "domainName": "localhost",
        "domainPrefix": "localhost",
        "http": {
            "method": call.method,
            "path": unquote(call.path),
            "protocol": call.protocol,
            "sourceIp": call.source_ip,
            "userAgent": user_agent,
        },
        "requestId": uuid4().hex[:16],
        "routeKey": match.route_key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }
