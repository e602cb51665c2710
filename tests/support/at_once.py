"""Starts many threads at one moment and gathers what each of them got."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


def at_once(runners: int, run: Callable[[int], _Result]) -> list[_Result | BaseException]:
    """Call `run(0)` … `run(runners - 1)`, all started together; an exception is a result too."""
    start = threading.Barrier(runners)

    def runner(number: int) -> _Result:
        start.wait()
        return run(number)

    with ThreadPoolExecutor(runners) as pool:
        futures = [pool.submit(runner, number) for number in range(runners)]
    return [future.exception() or future.result() for future in futures]
