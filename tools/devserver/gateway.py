"""One of the two HTTP APIs on a local port, on every loopback address `localhost` may mean."""

import errno
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer

from functions.manifest import Host
from tools.devserver.connection import Connection
from tools.devserver.events import HttpAnswer, HttpCall
from tools.devserver.invocation import call_route

_TRIES_FOR_A_FREE_PORT = 20
_LOOPBACKS = (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class PortTaken(Exception):
    """Something else listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken")
        self.port = port


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], family: int, connection: type[Connection]) -> None:
        self.address_family = family
        super().__init__(address, connection)

    def server_bind(self) -> None:
        # HTTPServer would look its own name up, which can take seconds.
        socketserver.TCPServer.server_bind(self)


class Gateway:
    """Serves one host. `first` may answer a call before any route is looked at.

    log: is given one line per call, without its query.
    """

    def __init__(
        self,
        host: Host,
        port: int = 0,
        *,
        first: Callable[[HttpCall], HttpAnswer | None] = lambda call: None,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._host = host
        self._first = first
        self._log = log
        self._idle = threading.Condition()
        self._busy = 0
        self._started = False
        connection = type("GatewayConnection", (Connection,), {"answer": self._counted})
        self._listeners = _listen(port, connection)
        self.port = int(self._listeners[0].server_address[1])

    def start(self) -> None:
        """Serve, in threads of its own."""
        self._started = True
        for listener in self._listeners:
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self, patience_s: float = 2.0) -> None:
        """Take no more calls; wait for those under way."""
        for listener in self._listeners:
            if self._started:  # else there is no loop to end, and shutdown would wait for one
                listener.shutdown()
            listener.server_close()
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, patience_s)

    def _counted(self, call: HttpCall) -> HttpAnswer:
        with self._idle:
            self._busy += 1
        try:
            return self._answer(call)
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _answer(self, call: HttpCall) -> HttpAnswer:
        started, status = time.perf_counter(), 500
        try:
            answer = self._first(call) or call_route(self._host, call)
            status = answer.status
            return answer
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            self._log(f"{self._host:4} {call.method:7} {status} {took_ms:6.0f} ms  {call.path}")


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, on any loopback address."""
    try:
        for listener in _listen(port, Connection):
            listener.server_close()
    except PortTaken:
        return False
    return True


def _listen(port: int, connection: type[Connection]) -> list[_Listener]:
    """Bind the port on 127.0.0.1 and, where there is one, ::1. Port 0 takes any free one."""
    for _ in range(_TRIES_FOR_A_FREE_PORT if port == 0 else 1):
        listeners: list[_Listener] = []
        wanted = port
        try:
            for address, family in _LOOPBACKS:
                try:
                    listeners.append(_Listener((address, wanted), family, connection))
                except OSError as error:
                    if not listeners or error.errno not in _NOT_HERE:
                        raise
                wanted = int(listeners[0].server_address[1])
        except OSError as error:
            for listener in listeners:
                listener.server_close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return listeners
    raise PortTaken(port)
