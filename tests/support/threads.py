"""The same call from many threads, all started together."""

import threading
from collections.abc import Callable
from typing import TypeVar

_Answer = TypeVar("_Answer")


def at_once(call: Callable[[int], _Answer], runners: int) -> list[_Answer]:
    """Run `call(0)` to `call(runners - 1)` at the same time; raise what the first failed with."""
    start = threading.Barrier(runners)
    answers: dict[int, _Answer] = {}
    failures: list[BaseException] = []

    def run(runner: int) -> None:
        start.wait()
        try:
            answers[runner] = call(runner)
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(runner,)) for runner in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [answers[runner] for runner in range(runners)]
