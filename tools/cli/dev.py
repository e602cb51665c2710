"""`keybound dev`: the development server, from the first port to the last word."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from tools.devserver.environment_file import write_environment_file
from tools.devserver.gateway import PortTaken
from tools.devserver.ready_file import write_ready_file
from tools.devserver.server import DevServer, Ports

_STARTED = time.perf_counter()


@dataclass(frozen=True)
class Files:
    """What is written once everything serves, and taken away at the end."""

    ready: Path | None = None
    environment: Path | None = None

    def write(self, server: DevServer) -> None:
        if self.environment:
            write_environment_file(self.environment, server.ready, server.demo_environment)
        if self.ready:
            write_ready_file(self.ready, server.ready)

    def remove(self) -> None:
        for file in (self.ready, self.environment):
            if file:
                file.unlink(missing_ok=True)


def run(ports: Ports, files: Files, *, verbose: bool) -> None:
    """Serve until SIGINT or SIGTERM. Raises ClickException when it cannot start."""
    # Rooms write one JSON line per request; the gateway's own short line says enough here.
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "INFO" if verbose else "ERROR")
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: _stop(stopping, _frame))
    serving = threading.Event()
    server = _take_ports(
        ports,
        # The demo's own set-up is no news.
        log=lambda line: click.echo(line) if serving.is_set() else None,
    )
    files.remove()  # only now: with the ports taken, they could be those of a server that runs
    try:
        _start(server)
        files.write(server)
        click.echo(_welcome(server))
        serving.set()
        while not stopping.wait(0.5):
            if server.demo_ended() and not stopping.is_set():
                raise click.ClickException("the demo application ended")
    except _Stopped:
        pass
    finally:
        files.remove()
        server.stop()
    click.echo("Stopped. Nothing was kept.")


class _Stopped(Exception):
    """Asked to stop while starting."""


def _stop(stopping: threading.Event, _frame: FrameType | None) -> None:
    if stopping.is_set():
        raise _Stopped
    stopping.set()


def _take_ports(ports: Ports, log: Callable[[str], None]) -> DevServer:
    try:
        return DevServer(ports, log)
    except PortTaken as taken:
        flags = {ports.auth: "--auth-port", ports.api: "--api-port", ports.app: "--app-port"}
        flag = flags.get(taken.port, "--app-port")
        raise click.ClickException(
            f"port {taken.port} is taken. End what listens there, or choose another one:"
            f' make dev ARGS="{flag} {_another(taken.port)}"'
        ) from taken


def _another(port: int) -> int:
    """A port in the neighbourhood; the last ones of all have room below only."""
    return port + 100 if port + 100 <= 65535 else port - 100


def _start(server: DevServer) -> None:
    from tools.devserver.demo import DemoFailed
    from tools.devserver.management_client import CallFailed

    try:
        server.start()
    except (CallFailed, DemoFailed) as error:
        raise click.ClickException(str(error)) from error


def _welcome(server: DevServer) -> str:
    took_s = time.perf_counter() - _STARTED
    management = server.ready["management"]
    return f"""
Keybound is running ({took_s:.1f} s to start).

  Try it           {server.app_url}
                   sign up and make a passkey: there, or by a link sent by mail
                   sign in with it, or with a code by mail; add another passkey

  Mail             {server.auth_base_url}/_dev/mailbox
                   links, codes and notices that were sent; nothing leaves this machine

  The API          {server.api_base_url}/_dev/api
                   every call of the management API, as a page

  Auth host        {server.auth_base_url}
  API host         {server.api_base_url}

  Management API   tenant {server.ready["tenant_id"]}, realm {server.ready["realm_id"]}
    token endpoint {management["token_endpoint"]}
    client id      {management["client_id"]}
    client secret  {management["client_secret"]}

Everything is kept in memory: a restart begins anew, and passkeys made before it stop working
(delete them in your browser's settings). Stop with Ctrl+C.
"""
