"""The local gateway over real sockets: what it passes on, what it refuses, how it fails."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.manifest import Host
from tools.devserver import invocation
from tools.devserver.gateway import Gateway, PortTaken, is_free

OK = {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "ok"}


class Room:
    """Stands where a room stands: keeps its events, answers what a test tells it to."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Any] = lambda event: OK

    def __call__(self, event: dict[str, Any], context: object) -> Any:
        self.events.append(event)
        return self.answer(event)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    stand_in = Room()
    monkeypatch.setattr(invocation, "handler_of", lambda room: stand_in)
    return stand_in


@pytest.fixture
def gateway(room: Room) -> Iterator[Gateway]:
    started = Gateway(Host.AUTH)
    started.start()
    yield started
    started.stop()


def ask(gateway: Gateway, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, end the sending side, and read one answer."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as wire:
        wire.sendall(raw)
        answer = http.client.HTTPResponse(wire, method=raw.partition(b" ")[0].decode("latin-1"))
        answer.begin()
        return answer.status, {k: v for k, v in answer.getheaders()}, answer.read()


def test_a_call_becomes_an_event_and_the_answer_goes_back(gateway: Gateway, room: Room) -> None:
    room.answer = lambda event: {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-A": "1"},
        "body": '{"a":1}',
        "cookies": ["a=1; Path=/", "b=2"],
    }
    wire = http.client.HTTPConnection("127.0.0.1", gateway.port)
    wire.request("POST", "/x?a=1&a=2", b"form=1", {"Cookie": "c=1; d=2", "X-Y": "z"})
    answer = wire.getresponse()

    assert (answer.status, answer.read()) == (201, b'{"a":1}')
    assert answer.headers.get_all("set-cookie") == ["a=1; Path=/", "b=2"]
    assert {"x-a", "content-type", "set-cookie", "content-length"} <= set(answer.headers.keys())
    assert room.events[0]["rawQueryString"] == "a=1&a=2"
    assert room.events[0]["cookies"] == ["c=1", "d=2"]
    assert room.events[0]["headers"]["x-y"] == "z"
    assert room.events[0]["isBase64Encoded"] is True
    wire.close()


def test_a_connection_serves_many_calls(gateway: Gateway, room: Room) -> None:
    wire = http.client.HTTPConnection("127.0.0.1", gateway.port)
    for _ in range(3):
        wire.request("GET", "/")
        assert wire.getresponse().read() == b"ok"
    used = wire.sock
    wire.request("GET", "/")
    assert wire.getresponse().read() == b"ok"
    assert wire.sock is used
    wire.close()


def test_localhost_is_served_on_every_loopback_address(gateway: Gateway, room: Room) -> None:
    families = {info[0] for info in socket.getaddrinfo("localhost", gateway.port)}
    for family in families:
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        with socket.create_connection((address, gateway.port), timeout=5) as wire:
            wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert wire.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_the_room_answers_every_method_itself(gateway: Gateway, room: Room, method: str) -> None:
    status, _, body = ask(gateway, f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert status == 200
    assert room.events[0]["requestContext"]["http"]["method"] == method
    assert body == (b"" if method == "HEAD" else b"ok")


def test_a_head_answer_has_no_body_even_if_the_room_gave_one(gateway: Gateway, room: Room) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as wire:
        wire.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.0\r\n\r\n")
        received = b"".join(iter(lambda: wire.recv(4096), b""))
    assert received.count(b"HTTP/1.1 200") == 2
    assert received.endswith(b"\r\n\r\n")
    assert b"ok" not in received.replace(b"200 OK", b"")


def test_leading_slashes_are_not_taken_off(gateway: Gateway, room: Room) -> None:
    ask(gateway, b"GET //evil.example/%2e HTTP/1.1\r\nHost: x\r\n\r\n")
    assert room.events[0]["rawPath"] == "//evil.example/."


def test_a_chunked_body_arrives_whole(gateway: Gateway, room: Room) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked"
    ask(gateway, head + b"\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
    assert room.events[0]["body"] == "abcde"


# What never reaches a room


LONG = b"x" * 10_300
REFUSED = {
    "no version": (b"GET /\r\n\r\n", 400),
    "no target": (b"GET HTTP/1.1\r\n\r\n", 400),
    "an absolute target": (b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "two spaces": (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "bytes over ASCII": (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "HTTP 2": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "another protocol": (b"GET / FTP/1.1\r\nHost: x\r\n\r\n", 400),
    "an unknown method": (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a header without colon": (b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400),
    "a long query": (b"GET /?" + LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    "a long header": (b"GET / HTTP/1.1\r\nX: " + LONG + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
    "a huge request line": (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    "a length that is no number": (b"POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", 400),
    "a negative length": (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    "two lengths": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        400,
    ),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "another coding": (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "two codings": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
        400,
    ),
    "a damaged chunk": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "a chunk with a sign": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
        400,
    ),
    "a body over 10 MB": (b"POST / HTTP/1.1\r\nContent-Length: 10485761\r\n\r\n", 413),
    "a chunk over 10 MB": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n",
        413,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_gateway_refuses(gateway: Gateway, room: Room, name: str) -> None:
    raw, status = REFUSED[name]
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as wire:
        wire.sendall(raw)
        wire.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: wire.recv(65_536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"connection: close" in head
    assert set(json.loads(body)) == {"message"}
    assert room.events == []


def test_a_refusal_arrives_although_the_body_is_still_being_sent(
    gateway: Gateway, room: Room
) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 10485761\r\n\r\n"
    status, _, _ = ask(gateway, head + b"x" * 10_485_761)
    assert status == 413


def test_a_body_of_10_mb_is_passed_on(gateway: Gateway, room: Room) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 10485760\r\n\r\n"
    assert ask(gateway, head + b"x" * 10_485_760)[0] == 200
    assert len(room.events[0]["body"]) == 10_485_760


def test_a_body_that_ends_early_is_no_call(gateway: Gateway, room: Room) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as wire:
        wire.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
        wire.shutdown(socket.SHUT_WR)
        assert wire.recv(1) == b""
    assert room.events == []


# Rooms that fail


def crash(event: object) -> Any:
    raise RuntimeError("made to fail by a test")


@pytest.mark.parametrize(
    "answer",
    [
        crash,
        lambda event: None,
        lambda event: {"statusCode": 200, "body": b"bytes are no JSON"},
        lambda event: {"statusCode": 200, "body": "x" * (6 * 1024 * 1024)},
        lambda event: {"statusCode": 302, "headers": {"location": "/x\r\nset-cookie: a=1"}},
        lambda event: {"statusCode": 200, "cookies": ["a=1\r\nx: y"]},
        lambda event: {"statusCode": 200, "headers": {"x": "€"}},
    ],
)
def test_a_failing_room_is_a_500_that_says_nothing(
    gateway: Gateway, room: Room, capfd: pytest.CaptureFixture[str], answer: Any
) -> None:
    room.answer = answer
    status, _, body = ask(gateway, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, body) == (500, b'{"message":"Internal Server Error"}')
    assert "Traceback" in capfd.readouterr().err


# Ports


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(PortTaken) as taken:
            Gateway(Host.API, port)
    assert taken.value.port == port
    assert is_free(port)


def test_a_port_that_is_taken_on_the_other_loopback_address_only_is_taken() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no ::1")
    with other, pytest.raises(PortTaken):
        Gateway(Host.API, other.getsockname()[1])


def test_stopping_waits_for_the_call_under_way(room: Room) -> None:
    entered, go_on, answered = threading.Event(), threading.Event(), list[bytes]()

    def wait(event: object) -> Any:
        entered.set()
        go_on.wait(5)
        return OK

    room.answer = wait
    gateway = Gateway(Host.API)
    gateway.start()

    def call() -> None:
        answered.append(ask(gateway, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[2])

    caller = threading.Thread(target=call)
    caller.start()
    assert entered.wait(5)
    stopper = threading.Thread(target=gateway.stop)
    stopper.start()
    go_on.set()
    stopper.join(5)
    caller.join(5)
    assert answered == [b"ok"]
    assert is_free(gateway.port)


def test_the_log_has_no_query(room: Room) -> None:
    lines: list[str] = []
    gateway = Gateway(Host.AUTH, log=lines.append)
    gateway.start()
    ask(gateway, b"GET /a?token=secret HTTP/1.1\r\nHost: x\r\n\r\n")
    gateway.stop()
    assert len(lines) == 1
    assert "/a" in lines[0]
    assert "200" in lines[0]
    assert "secret" not in lines[0]


def test_a_gateway_that_never_served_gives_its_port_back() -> None:
    gateway = Gateway(Host.API)
    assert not is_free(gateway.port)
    gateway.stop()
    assert is_free(gateway.port)
