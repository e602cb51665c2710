"""Calls a URL that a customer gave us, without becoming a way into any network of ours.

The host is resolved once, every address is judged, and the connection goes to an address that was
judged: a name that changes its answer in between (DNS rebinding) gains nothing. No redirect is
followed, no proxy is read from the environment, and time and size are bounded as a whole, so that
an answer which trickles cannot hold a function either.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any, cast

from keybound.edge.name_lookup import Resolver, look_up, system_addresses
from keybound.edge.outbound_url import Target, UrlRefused, read_url
from keybound.edge.public_address import Address, is_public, is_public_or_loopback


class OutboundError(Exception):
    """The call had no answer that may be used. Its text names no address and may be logged."""


class Refused(OutboundError):
    """The URL or an address behind it may not be called. Trying again changes nothing."""


class Failed(OutboundError):
    """Name, network, TLS or the other side failed, or it said too much or took too long."""


@dataclass(frozen=True)
class Limits:
    """time_s: for everything together, the look-up of the name included. answer_bytes: of head and
    body as they arrive."""

    time_s: float = 3.0
    answer_bytes: int = 65_536


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are lower-case. A redirect is an answer like any other."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def system_trust() -> ssl.SSLContext:
    """Return the TLS settings of calls: the system's roots, host names checked, TLS 1.2 up."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Outbound:
    """Makes such calls. What differs in development and in tests is injected.

    allows: judges each address. http_hosts: hosts that plain `http` may go to; none when deployed.
    """

    resolve: Resolver = system_addresses
    allows: Callable[[Address], bool] = is_public
    http_hosts: frozenset[str] = frozenset()
    trust: Callable[[], ssl.SSLContext] = system_trust
    now_s: Callable[[], float] = field(default=time.monotonic)

    def call(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """Send one request and return the answer, whatever its status. headers: beside Host,
        Content-Length, Connection and Accept-Encoding, which are set here.

        Raises Refused (before anything is sent) and Failed.
        """
        limits = limits or Limits()
        deadline = self.now_s() + limits.time_s
        try:
            target = read_url(url, self.http_hosts)
        except UrlRefused as error:
            raise Refused(str(error)) from error
        addresses = self._judged(target, deadline)
        try:
            with self._connected(target, addresses, deadline) as connection:
                connection.settimeout(self._left(deadline))
                connection.sendall(_head(method, target, body, headers or {}) + body)
                return self._answer(method, connection, deadline, limits.answer_bytes)
        except (OSError, HTTPException, ValueError) as error:
            raise Failed(f"the call failed: {type(error).__name__}") from error

    def _judged(self, target: Target, deadline: float) -> list[Address]:
        """Return the host's addresses; one that may not be called refuses them all."""
        try:
            told = look_up(self.resolve, target.host, target.port, self._left(deadline))
            found = [ip_address(text) for text in told]
        except (OSError, ValueError) as error:  # UnicodeError is a ValueError
            raise Failed("the host has no address") from error
        if not found:
            raise Failed("the host has no address")
        if not all(self.allows(address) for address in found):
            raise Refused("the host is at an address that may not be called")
        return found

    def _connected(
        self, target: Target, addresses: Iterable[Address], deadline: float
    ) -> socket.socket:
        last: OSError | None = None
        for address in addresses:
            try:
                plain = socket.create_connection(
                    (str(address), target.port), timeout=self._left(deadline)
                )
                break
            except OSError as error:
                last = error
        else:
            raise last or OSError("no address")
        if not target.is_tls:
            return plain
        try:
            plain.settimeout(self._left(deadline))
            return self.trust().wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise

    def _answer(self, method: str, connection: socket.socket, deadline: float, most: int) -> Answer:
        incoming = _Incoming(connection, lambda: self._left(deadline), most)
        # HTTPResponse asks its socket for nothing but a file to read from.
        response = HTTPResponse(cast(Any, incoming), method=method)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())

    def _left(self, deadline: float) -> float:
        left = deadline - self.now_s()
        if left <= 0:
            raise TimeoutError("out of time")
        return left


class _Incoming(io.RawIOBase):
    """What arrives, until the time or the bytes are used up; then reading raises OSError."""

    def __init__(self, connection: socket.socket, left: Callable[[], float], most: int) -> None:
        super().__init__()
        self._connection = connection
        self._left = left
        self._most = most

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._left())
        count = self._connection.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise OSError("too long")
        return count


def _head(method: str, target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {
        "User-Agent": "Keybound",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
    }
    if body or method == "POST":
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header would break the line")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def for_deployment(auth_base_url: str) -> Outbound:
    """Return what calls out for a deployment: public addresses over https. Only one that itself
    runs on `http://localhost`, so in development, may also call this machine."""
    if not auth_base_url.startswith("http://localhost"):
        return Outbound()
    return Outbound(allows=is_public_or_loopback, http_hosts=frozenset({"localhost"}))
