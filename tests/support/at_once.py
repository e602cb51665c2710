"""Starts many threads at one moment and gathers what each of them got."""

import threading
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


def at_once(runners: int, run: Callable[[int], _Result]) -> list[_Result | Exception]:
    """Call `run(0)` … `run(runners - 1)`, all started together; an exception is a result too."""
    start = threading.Barrier(runners)
    results: dict[int, _Result | Exception] = {}

    def runner(number: int) -> None:
        start.wait()
        try:
            results[number] = run(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=runner, args=(number,)) for number in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(runners)]
