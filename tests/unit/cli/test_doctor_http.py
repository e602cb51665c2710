"""One exchange over a real socket, and how each way of failing is named."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tools.cli.doctor import http_client
from tools.cli.doctor.findings import Failed
from tools.cli.doctor.http_client import exchange


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved" else 401)
        self.send_header("Location", "/")
        self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(b'{"a": [1, {"b": 2}]}')

    def log_message(self, format: str, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_an_answer_of_refusal_is_an_answer(site: str) -> None:
    answer = exchange("GET", f"{site}/")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"a": [1, {"b": 2}]}
    assert answer.listed("a") == [{"b": 2}]
    assert answer.listed("b") == []


def test_redirects_are_not_followed(site: str) -> None:
    assert exchange("GET", f"{site}/moved").status == 302


def test_proxies_are_for_the_world_outside(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert exchange("GET", f"{site}/").status == 401


def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(Failed) as failed:
        exchange("GET", f"http://127.0.0.1:{port}/")
    assert failed.value.found == f"127.0.0.1:{port} refuses connections"


def test_a_host_that_speaks_no_tls_is_named(site: str) -> None:
    with pytest.raises(Failed, match="TLS fails") as failed:
        exchange("GET", site.replace("http:", "https:"))
    assert "certificate" in failed.value.advice


def test_silence_is_named(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "TIMEOUT_S", 0.05)
    with pytest.raises(Failed, match="no answer within"):
        exchange("GET", silent)


def test_a_name_without_an_address_is_named() -> None:
    with pytest.raises(Failed, match="has no address"):
        exchange("GET", "http://keybound-doctor.invalid/")
