"""Resolves host names in a bounded time, which the system's resolver cannot be told.

A look-up that takes longer is left behind in a thread of its own until the resolver gives it up;
how many may be left behind is bounded too.
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread

Resolver = Callable[[str, int], Sequence[str]]

AT_ONCE = 64
_places = BoundedSemaphore(AT_ONCE)


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Resolve a host with the system's resolver. Raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def look_up(resolve: Resolver, host: str, port: int, time_s: float) -> Sequence[str]:
    """Return what `resolve` says. Raises what it raises, and OSError (TimeoutError among them)
    when it takes longer than `time_s` or too many others are still under way."""
    places = _places
    if not places.acquire(blocking=False):
        raise OSError("too many names are being looked up")
    found: Future[Sequence[str]] = Future()

    def resolved() -> None:
        try:
            found.set_result(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - kept, and raised by whoever waits
            found.set_exception(error)
        finally:
            places.release()

    # Not of a pool, whose few workers a handful of dead name servers would hold; and a daemon,
    # because a process that ends must not wait for them either.
    Thread(target=resolved, daemon=True).start()
    return found.result(time_s)
