"""Names of customers' hosts are looked up in a bounded time, however slow their name servers."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from keybound.edge import name_lookup
from keybound.edge.name_lookup import AT_ONCE, look_up
from keybound.edge.outbound import Failed, Limits, Outbound

SOON = Limits(time_s=0.05)


@dataclass
class DeadServer:
    """A resolver that says nothing until it is let go."""

    released: threading.Event = field(default_factory=threading.Event)
    left: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.released.wait(30)
        self.left.release()
        return ["8.8.8.8"]


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadServer]:
    monkeypatch.setattr(name_lookup, "_places", threading.BoundedSemaphore(AT_ONCE))
    server = DeadServer()
    yield server
    server.released.set()


def test_n172_a_name_server_that_says_nothing_costs_a_call_its_own_time_and_no_more(
    dead: DeadServer,
) -> None:
    with pytest.raises(Failed):
        Outbound(resolve=dead).call("GET", "https://rp.example.com/", limits=SOON)
    assert not dead.released.is_set(), "it was not waited for"


def test_dead_name_servers_do_not_keep_other_names_from_being_looked_up(dead: DeadServer) -> None:
    for number in range(AT_ONCE - 1):
        with pytest.raises(TimeoutError):
            look_up(dead, f"{number}.example.com", 443, 0.001)
    assert look_up(lambda host, port: ["9.9.9.9"], "rp.example.com", 443, 30) == ["9.9.9.9"]


def test_no_more_look_ups_are_left_behind_than_the_bound_and_they_give_their_places_back(
    dead: DeadServer,
) -> None:
    for _ in range(AT_ONCE):
        with pytest.raises(TimeoutError):
            look_up(dead, "rp.example.com", 443, 0.001)
    with pytest.raises(OSError, match="too many names"):
        look_up(dead, "rp.example.com", 443, 30)
    dead.released.set()
    for _ in range(AT_ONCE):
        assert name_lookup._places.acquire(timeout=30)


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
def test_what_the_resolver_raises_is_a_failed_call(error: Exception) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(Failed, match="no address"):
        Outbound(resolve=resolve).call("GET", "https://rp.example.com/")
