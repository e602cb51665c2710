"""Plain attributes to DynamoDB's typed form and back: strings, whole numbers, booleans, null,
bytes, lists, maps and sets of strings, which is all that Keybound stores.

By hand, because boto3's own codec brings boto3 and its S3 transfer manager into every cold start.
"""

from collections.abc import Mapping
from typing import Any


def to_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """Plain attributes → DynamoDB's typed form. Raises TypeError for what is never stored."""
    return {name: _typed(value) for name, value in item.items()}


def from_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB's typed form → plain attributes. Raises TypeError for what is never stored."""
    return {name: _plain(value) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):  # before int, which it is a kind of
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, list | tuple):
        return {"L": [_typed(member) for member in value]}
    if isinstance(value, Mapping):
        return {"M": to_wire(value)}
    if isinstance(value, frozenset) and all(isinstance(member, str) for member in value):
        return {"SS": sorted(value)}
    raise TypeError(f"a {type(value).__name__} is never stored")


def _plain(typed: Mapping[str, Any]) -> Any:
    (kind, value), *_ = typed.items()
    if kind in ("S", "BOOL", "B"):
        return value
    if kind == "N":
        return int(value)
    if kind == "NULL":
        return None
    if kind == "L":
        return [_plain(member) for member in value]
    if kind == "M":
        return from_wire(value)
    if kind == "SS":
        return frozenset(value)
    raise TypeError(f"attributes of type {kind} are never stored")
