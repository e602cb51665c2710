"""One lock around moto, put there when moto is first imported.

moto answers several threads at once and then lets two conditional writes win. With the lock its
answers are one after another, so a test with many threads judges our code. It proves nothing about
DynamoDB itself. Importing moto takes a third of a second, so runs that need none do not pay for it.
"""

import functools
import importlib.util
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

STUBBER = "moto.core.botocore_stubber"


def install() -> None:
    """Lock moto's answers: now if it is loaded, else as soon as it is. Idempotent."""
    if STUBBER in sys.modules:
        _lock(sys.modules[STUBBER])
    elif not any(isinstance(finder, _LockWhenLoaded) for finder in sys.meta_path):
        sys.meta_path.insert(0, _LockWhenLoaded())


def is_locked(stubber: ModuleType) -> bool:
    return hasattr(stubber.BotocoreStubber.__call__, "__wrapped__")


def _lock(stubber: ModuleType) -> None:
    if is_locked(stubber):
        return
    answer: Callable[..., Any] = stubber.BotocoreStubber.__call__
    lock = threading.RLock()

    @functools.wraps(answer)
    def answer_alone(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return answer(*args, **kwargs)

    stubber.BotocoreStubber.__call__ = answer_alone


class _LockWhenLoaded(MetaPathFinder):
    """Steps in front of the import of moto's stubber once, and locks it when it has run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != STUBBER:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_and_lock(module: ModuleType) -> None:
            load(module)
            _lock(module)

        spec.loader.exec_module = load_and_lock  # type: ignore[method-assign]
        return spec
