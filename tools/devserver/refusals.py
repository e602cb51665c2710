"""What API Gateway refuses before any function runs, in its own words and sizes."""

import json
from collections.abc import Sequence

from tools.devserver.events import HttpAnswer

MAX_HEADER_BYTES = 10_240
MAX_BODY_BYTES = 10 * 1024 * 1024
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Refused(Exception):
    """The front door answers itself, and closes the connection."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> HttpAnswer:
        return own_answer(self.status, self.message)


def own_answer(status: int, message: str) -> HttpAnswer:
    """Return `{"message": …}`, the form of every answer that no function gave."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpAnswer(status, {"content-type": "application/json"}, body)


def check_request_line(line: str, headers: Sequence[tuple[str, str]]) -> None:
    """Judge the request line and the size of what came before the body. Raises Refused."""
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Refused(400, "Bad Request")
    method, target, _ = words
    if method not in METHODS:
        raise Refused(405, "Method Not Allowed")
    if not target.startswith("/") or not target.isascii() or not target.isprintable():
        raise Refused(400, "Bad Request")
    if len(line) + sum(len(value) for _, value in headers) > MAX_HEADER_BYTES:
        raise Refused(431, "Request Header Fields Too Large")


def body_length(headers: Sequence[tuple[str, str]]) -> int | None:
    """Return how long the body is, or None when it comes in chunks. Raises Refused.

    Two ways to say it, or one that is not understood, is how requests are smuggled (RFC 9112
    §6.1, §6.3), so each is refused.
    """
    lengths = {value.strip() for name, value in headers if name.lower() == "content-length"}
    codings = [value.strip() for name, value in headers if name.lower() == "transfer-encoding"]
    if codings:
        if lengths or len(codings) > 1:
            raise Refused(400, "Bad Request")
        if codings[0].lower() != "chunked":
            raise Refused(501, "Not Implemented")
        return None
    if not lengths:
        return 0
    text = lengths.pop()
    if lengths or not (text.isascii() and text.isdigit()):
        raise Refused(400, "Bad Request")
    if len(text) > 15 or int(text) > MAX_BODY_BYTES:
        raise Refused(413, "Request Entity Too Large")
    return int(text)
