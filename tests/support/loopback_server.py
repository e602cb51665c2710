"""Sockets on loopback that stand for the servers which outbound calls go to."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from keybound.edge.outbound import Outbound
from keybound.edge.public_address import is_public_or_loopback

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
HTTP_HOSTS = frozenset({"localhost", "rp.example"})
Serve = Callable[[socket.socket], None]


def loopback(host: str, port: int) -> Sequence[str]:
    """Resolve every name to this machine."""
    return ["127.0.0.1"]


def local(resolve: Callable[[str, int], Sequence[str]] = loopback) -> Outbound:
    """Return what may call this machine, and over plain HTTP."""
    return Outbound(resolve=resolve, allows=is_public_or_loopback, http_hosts=HTTP_HOSTS)


@contextmanager
def serving(answer: Serve) -> Iterator[tuple[int, list[bytes]]]:
    """Yield a port that answers one connection with `answer`, and the bytes it was sent."""
    received: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        received.append(connection.recv(65_536))
        answer(connection)

    with one_connection(talk) as port:
        yield port, received


@contextmanager
def one_connection(talk: Serve) -> Iterator[int]:
    """Yield a port whose first connection is given to `talk`; what breaks there ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    talk(connection)
            except OSError:
                return

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def says(*parts: bytes) -> Serve:
    """Return a server that sends these bytes and hangs up."""

    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return answer
