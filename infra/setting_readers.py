"""What each kind of setting may be. A reader returns the value, or raises ValueError: `expected …`.

Values given with `-c` are text, so numbers, flags and lists are read from text too.
"""

import re
from collections.abc import Callable
from typing import Any

# What CloudWatch Logs accepts.
_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


def text(pattern: str, meaning: str, *, optional: bool = False) -> Callable[[Any], str]:
    """Read text that is the whole of `pattern`; empty text too, if optional."""
    allowed = re.compile(pattern)

    def read(given: Any) -> str:
        if isinstance(given, str) and (allowed.fullmatch(given) or (optional and not given)):
            return given
        raise ValueError(f"expected {meaning}")

    return read


def number(least: int, most: int) -> Callable[[Any], int]:
    def read(given: Any) -> int:
        if isinstance(given, str) and given.isascii() and given.isdigit():
            given = int(given)
        if isinstance(given, int) and not isinstance(given, bool) and least <= given <= most:
            return given
        raise ValueError(f"expected a whole number from {least} to {most}")

    return read


def retention(given: Any) -> int:
    days = number(1, _RETENTION_DAYS[-1])(given)
    if days not in _RETENTION_DAYS:
        raise ValueError(f"expected one of {', '.join(map(str, _RETENTION_DAYS))}")
    return days


def some_of(*allowed: str, first: str = "") -> Callable[[Any], tuple[str, ...]]:
    """Read a list, each choice at most once; `first` must be among them."""

    def read(given: Any) -> tuple[str, ...]:
        parts = [part for part in given.split(",") if part] if isinstance(given, str) else given
        if not isinstance(parts, list | tuple) or not set(parts) <= set(allowed):
            raise ValueError(f"expected some of {', '.join(allowed)}")
        if len(set(parts)) < len(parts) or (first and first not in parts):
            raise ValueError(f"expected each once{f', {first} among them' if first else ''}")
        return tuple(choice for choice in allowed if choice in parts)

    return read


def one_of(*allowed: str) -> Callable[[Any], str]:
    def read(given: Any) -> str:
        if given in allowed:
            return str(given)
        raise ValueError(f"expected {' or '.join(allowed)}")

    return read


def flag(given: Any) -> bool:
    if given in (True, "true"):
        return True
    if given in (False, "false"):
        return False
    raise ValueError("expected true or false")
