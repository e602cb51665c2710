"""One connection of the local gateway: HTTP/1.1 in and out, over the standard library's parser."""

import socket
import traceback
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from tools.devserver.events import HttpAnswer, HttpCall
from tools.devserver.refusals import (
    MAX_BODY_BYTES,
    Refused,
    body_length,
    check_request_line,
    own_answer,
)

Answerer = Callable[[HttpCall], HttpAnswer]

_FRAMING = frozenset(("connection", "content-length", "transfer-encoding", "keep-alive"))
_NO_BODY = frozenset((204, 304))
_LONGEST_LINE = 65_536


class Connection(BaseHTTPRequestHandler):
    """Reads calls, has them answered, and writes the answers; set `answer` on a subclass."""

    answer: ClassVar[Answerer]
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # 0.9 is refused, and by an answer with a status line
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 120

    def handle_one_request(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
            if not self.raw_requestline:
                self.close_connection = True
            elif len(self.raw_requestline) > _LONGEST_LINE:
                self.command, self.request_version = "", self.default_request_version
                self.send_error(414)
            elif self.parse_request():
                self._exchange()
            self.wfile.flush()
        except (TimeoutError, ConnectionError):
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the standard library's parser refuses, in the gateway's form."""
        self.close_connection = True
        self._write(own_answer(code, self.responses[code][0]))

    def log_message(self, format: str, *args: Any) -> None:
        """The gateway keeps its own log: this one would show query strings."""

    def _exchange(self) -> None:
        headers = list(self.headers.items())
        try:
            check_request_line(self.requestline, headers)
            if self.headers.defects:
                raise Refused(400, "Bad Request")
            body = self._read_body(headers)
        except Refused as refused:
            self.close_connection = True
            self._write(refused.answer())
            self._drain()
            return
        target = self.requestline.split(" ")[1]  # `self.path` has leading slashes taken off
        call = HttpCall(
            self.command, target, headers, body, self.request_version, self.client_address[0]
        )
        self._write(self._answer_to(call))

    def _answer_to(self, call: HttpCall) -> HttpAnswer:
        try:
            answer = type(self).answer(call)
            for name, value in [*answer.headers.items(), *(("", c) for c in answer.cookies)]:
                f"{name}{value}".encode("latin-1")
                if not f"{name}{value}".isprintable():
                    raise ValueError(f"a control character in the header {name}")
        except Exception:  # noqa: BLE001 - a room that raises is a failed invocation: 500
            traceback.print_exc()
            return own_answer(500, "Internal Server Error")
        return answer

    def _read_body(self, headers: Sequence[tuple[str, str]]) -> bytes:
        length = body_length(headers)
        if length is None:
            return self._read_chunks()
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ConnectionError("the body ended early")
        return body

    def _read_chunks(self) -> bytes:
        """Decode a chunked body (RFC 9112 §7.1); chunk extensions and trailers are dropped."""
        body = b""
        while size := self._chunk_size():
            if len(body) + size > MAX_BODY_BYTES:
                raise Refused(413, "Request Entity Too Large")
            body += self.rfile.read(size)
            if self.rfile.read(2) != b"\r\n":
                raise Refused(400, "Bad Request")
        while self.rfile.readline(_LONGEST_LINE) not in (b"\r\n", b"\n", b""):
            pass
        return body

    def _chunk_size(self) -> int:
        digits = self.rfile.readline(1024).partition(b";")[0].strip()
        if not digits or not set(digits) <= set(b"0123456789abcdefABCDEF"):
            raise Refused(400, "Bad Request")
        return int(digits, 16)

    def _drain(self) -> None:
        """Read on for a moment: closing on unread bytes could take the answer away again."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        left = 4 * MAX_BODY_BYTES
        while left > 0 and (data := self.rfile.read1(65_536)):
            left -= len(data)

    def _write(self, answer: HttpAnswer) -> None:
        self.send_response_only(answer.status)
        self.send_header("date", self.date_time_string())
        for name, value in answer.headers.items():
            if name not in _FRAMING:
                self.send_header(name, value)
        for cookie in answer.cookies:
            self.send_header("set-cookie", cookie)
        if answer.status not in _NO_BODY and self.command != "HEAD":
            self.send_header("content-length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if answer.status not in _NO_BODY and self.command != "HEAD":
            self.wfile.write(answer.body)
