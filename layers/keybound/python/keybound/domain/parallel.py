"""Runs independent calls at the same time: one round trip instead of several."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any

_WORKERS = 8


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix="keybound")


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run every call, the last one in this thread, and return their results in order.

    All have ended when this returns or raises; the first exception in order is raised, so that a
    caller never undoes work that is still under way.
    """
    futures = [_pool().submit(call) for call in calls[:-1]]
    own = _outcome(calls[-1])
    wait(futures)
    return [future.result() for future in (*futures, own)]


def _outcome(call: Callable[[], Any]) -> "Future[Any]":
    """Run `call` now, in this thread, and keep its result or its error."""
    finished: Future[Any] = Future()
    try:
        finished.set_result(call())
    except Exception as error:  # noqa: BLE001 - kept, and raised by whoever asks for the result
        finished.set_exception(error)
    return finished
