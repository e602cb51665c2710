"""Calls to URLs of customers: no redirect is followed, time and size are bounded."""

import socket
import threading
from collections.abc import Sequence

import pytest
from keybound.edge.outbound import Failed, Limits, Outbound
from keybound.edge.public_address import is_public_or_loopback

from tests.support.loopback_server import HTTP_HOSTS, OK, local, loopback, says, serving


def test_a_get_is_answered_with_status_headers_and_body() -> None:
    with serving(says(OK)) as (port, received):
        answer = local().call("GET", f"http://rp.example:{port}/jwks?x=1")
    assert (answer.status, answer.headers["content-type"], answer.body) == (
        200,
        "text/plain",
        b"hello",
    )
    head = received[0].decode()
    assert head.startswith("GET /jwks?x=1 HTTP/1.1\r\n")
    assert f"\r\nHost: rp.example:{port}\r\n" in head
    assert "\r\nConnection: close\r\n" in head


def test_a_post_sends_its_body_with_its_length_and_type() -> None:
    with serving(says(OK)) as (port, received):
        local().call(
            "POST",
            f"http://localhost:{port}",
            body=b"logout_token=x",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    head, _, body = received[0].decode().partition("\r\n\r\n")
    assert head.startswith("POST / HTTP/1.1\r\n")
    assert "Content-Length: 14" in head
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert body == "logout_token=x"


def test_chunked_answers_are_read_whole() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with serving(says(chunks)) as (port, _):
        assert local().call("GET", f"http://localhost:{port}/").body == b"hello"


def test_an_error_status_is_an_answer() -> None:
    with serving(says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")) as (port, _):
        assert local().call("GET", f"http://localhost:{port}/").status == 400


def test_n172_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with serving(says(moved)) as (port, _):
        assert local(resolve).call("GET", f"http://localhost:{port}/").status == 302
    assert asked == ["localhost"]


# --- Bounds


def test_an_answer_over_the_limit_fails() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    with serving(says(long)) as (port, _), pytest.raises(Failed):
        local().call("GET", f"http://localhost:{port}/", limits=Limits(answer_bytes=4096))


def test_an_endless_head_fails() -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000
    with serving(says(endless)) as (port, _), pytest.raises(Failed):
        local().call("GET", f"http://localhost:{port}/", limits=Limits(answer_bytes=4096))


def test_an_answer_that_trickles_fails_when_the_whole_time_is_used_up() -> None:
    """Each byte comes in time, all together do not. A look at the clock lets one byte through."""
    ticks, permits = iter(range(1000)), threading.Semaphore(0)

    def now_s() -> float:
        permits.release()
        return next(ticks)

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while permits.acquire(timeout=5):
            connection.sendall(b"x")

    outbound = Outbound(loopback, is_public_or_loopback, HTTP_HOSTS, now_s=now_s)
    with serving(trickle) as (port, _):
        with pytest.raises(Failed):
            outbound.call("GET", f"http://localhost:{port}/", limits=Limits(time_s=9))
        permits.release(900)
    assert next(ticks) < 20


def test_a_server_that_says_nothing_fails_in_time() -> None:
    held = threading.Event()
    with serving(lambda connection: held.wait(10) and None) as (port, _):
        with pytest.raises(Failed):
            local().call("GET", f"http://localhost:{port}/", limits=Limits(time_s=0.05))
        held.set()


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 20"])
def test_what_is_no_http_answer_fails(said: bytes) -> None:
    with serving(says(said)) as (port, _), pytest.raises(Failed):
        local().call("GET", f"http://localhost:{port}/")


def test_a_body_that_ends_early_fails() -> None:
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"
    with serving(says(short)) as (port, _), pytest.raises(Failed):
        local().call("GET", f"http://localhost:{port}/")


def test_a_port_where_nobody_listens_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Failed):
        local().call("GET", f"http://localhost:{port}/")


def test_a_header_with_a_line_break_is_never_sent() -> None:
    with serving(says(OK)) as (port, received), pytest.raises(Failed):
        local().call("GET", f"http://localhost:{port}/", headers={"X": "a\r\nY: b"})
    assert received in ([], [b""])
