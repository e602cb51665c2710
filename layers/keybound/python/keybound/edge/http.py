"""HTTP as rooms see it: API Gateway HTTP API events (payload version 2.0) in, answers out."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from keybound.domain.errors import BadRequest, PayloadTooLarge

MAX_BODY_BYTES = 256 * 1024
MAX_FORM_FIELDS = 100

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One call. `headers` have lower-case names; `path` holds the decoded path variables.

    raw_query: as sent, because v2 events join repeated parameters with commas.
    """

    method: str
    route: str
    path: Mapping[str, str]
    raw_query: str
    headers: Headers
    body: bytes
    request_id: str = ""

    def header(self, name: str) -> str:
        """Return a header's value, or an empty string."""
        return self.headers.get(name, "")

    def query(self) -> list[tuple[str, str]]:
        """Return the query's pairs in order, repeats included. Raises BadRequest."""
        return parse_pairs(self.raw_query)


@dataclass(frozen=True)
class Response:
    """One answer; `body` is text and `headers` have lower-case names.

    notes: ids and outcomes for the log line; they do not leave.
    """

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, extra: Mapping[str, str]) -> "Response":
        return replace(self, headers={**self.headers, **extra})

    def as_event(self) -> dict[str, Any]:
        return {"statusCode": self.status, "headers": dict(self.headers), "body": self.body}


def read_event(event: Mapping[str, Any]) -> Request:
    """Read an HTTP API event. Raises PayloadTooLarge or BadRequest for its body."""
    return replace(read_head(event), body=_body(event))


def read_head(event: Mapping[str, Any]) -> Request:
    """Read everything but the body, which is left empty."""
    route = str(event.get("routeKey", "$default"))
    return Request(
        method=event["requestContext"]["http"]["method"].upper(),
        route=route.partition(" ")[2] or route,
        path=event.get("pathParameters") or {},
        raw_query=event.get("rawQueryString") or "",
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=b"",
        request_id=str(event["requestContext"].get("requestId", "")),
    )


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """Decode `application/x-www-form-urlencoded` text: UTF-8, repeats and blanks kept.

    Raises BadRequest for bytes that are no UTF-8 and for more than 100 pairs.
    """
    try:
        return parse_qsl(
            text,
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except (ValueError, UnicodeError) as error:
        raise BadRequest("malformed form or query", detail=str(error)) from error


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRequest("unreadable body") from error
    else:
        data = body.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"body over {MAX_BODY_BYTES} bytes")
    return data
