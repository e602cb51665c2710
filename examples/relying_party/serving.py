"""A development server on the loopback addresses. In production, use any WSGI server instead."""

import contextlib
import importlib
import logging
import socket
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

log = logging.getLogger(__name__)


class QuietHandler(WSGIRequestHandler):
    """Logs paths without query strings: those carry codes, requests and binding tokens. HEAD is
    how programs look whether the site is there: no news."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if self.command == "HEAD":
            return
        path = getattr(self, "path", "").partition("?")[0]
        log.info("%s %r %s", self.command, path, code)


def serve(app: Flask, port: int) -> None:
    """Serve until interrupted. Raises OSError when the port is taken."""
    # Browsers take `localhost` for ::1 as readily as for 127.0.0.1.
    servers = [_listen(app, "127.0.0.1", port)]
    with contextlib.suppress(OSError):  # this machine may have no IPv6
        servers.append(_listen(app, "::1", port))
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=_warm_up, daemon=True).start()
    servers[0].serve_forever()


def _listen(app: Flask, address: str, port: int) -> BaseWSGIServer:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # Bound here: the server's own way of failing is to end the process.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    with listener:
        listener.bind((address, port))
        listener.listen(128)
        descriptor = socket.dup(listener.fileno())
    return make_server(
        address, port, app, threaded=True, request_handler=QuietHandler, fd=descriptor
    )


def _warm_up() -> None:
    """Load what the first sign-in would otherwise wait for."""
    for module in ("authlib.integrations.flask_client", "joserfc.errors", "requests"):
        importlib.import_module(module)
