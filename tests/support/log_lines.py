"""The lines that rooms really log, formatted as they leave the process."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keybound.edge.observability import logger


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def captured_log() -> Iterator[list[str]]:
    """Collect every line, as text."""
    lines: list[str] = []
    handler = _Lines(lines)
    handler.setFormatter(logger().registered_formatter)
    logger().addHandler(handler)
    try:
        yield lines
    finally:
        logger()._logger.removeHandler(handler)


def members(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found
