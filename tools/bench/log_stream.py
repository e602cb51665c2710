"""Where the rooms' log lines go while something is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from keybound.edge.observability import logger


@contextmanager
def logged_to(stream: TextIO) -> Iterator[None]:
    """Send log lines to `stream`, as they would be written."""
    handler = logger().registered_handler
    before = handler.setStream(stream)  # type: ignore[attr-defined] # a StreamHandler
    try:
        yield
    finally:
        handler.setStream(before)  # type: ignore[attr-defined]
