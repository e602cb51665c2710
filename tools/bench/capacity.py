"""Sizes of DynamoDB items, and the request units that reading and writing them costs.

Rules: Amazon DynamoDB developer guide, "Item sizes and formats" and "Read and write operations".
Items are in DynamoDB's typed form, `{"pk": {"S": "…"}}`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from keybound.storage.schema import directory_table, grants_table

Typed = Mapping[str, Any]
_READ_BYTES, _WRITE_BYTES = 4096, 1024
TRANSACTIONAL = 2


def item_size(item: Typed) -> int:
    """Return an item's size in bytes: names and values, UTF-8."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    (kind, value), *_ = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        return (len(value.lstrip("-").replace(".", "").strip("0")) + 1) // 2 + 1
    if kind == "B":
        return len(value)
    if kind == "M":
        return 3 + item_size(value) + len(value)
    if kind == "L":
        return 3 + sum(_value_size(member) + 1 for member in value)
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValueError(f"no stored attribute is of type {kind}")


def read_units(items: Iterable[Typed | None], *, consistent: bool) -> float:
    """Return what reading items by key costs: each rounded up alone, a missing one too."""
    units = sum(_rounded(item_size(item or {}), _READ_BYTES) for item in items)
    return units if consistent else units / 2


def query_units(items: Iterable[Typed], *, consistent: bool) -> float:
    """Return what one page of a query costs: its items together, rounded up."""
    units = _rounded(sum(map(item_size, items)), _READ_BYTES)
    return units if consistent else units / 2


def write_units(before: Typed | None, after: Typed | None) -> int:
    """Return what a write to the table costs: the larger of the item before and after it."""
    return _rounded(max(item_size(before or {}), item_size(after or {})), _WRITE_BYTES)


def index_units(table: str, before: Typed | None, after: Typed | None) -> int:
    """Return what a write costs in the table's indexes, which hold keys only.

    An entry that appears or goes is one write, one whose key changes is two.
    """
    pairs = [[key["AttributeName"] for key in index["KeySchema"]] for index in _indexes(table)]
    units = 0
    for names in pairs:
        old, new = _entry(before, names), _entry(after, names)
        units += 0 if old == new else (old is not None) + (new is not None)
    return units


def _indexes(table: str) -> list[Any]:
    made = grants_table(table) if table.endswith("grants") else directory_table(table)
    found: list[Any] = made.get("GlobalSecondaryIndexes", [])
    return found


def _entry(item: Typed | None, names: list[str]) -> list[Any] | None:
    return [item[name] for name in names] if item and all(n in item for n in names) else None


def _rounded(size: int, unit: int) -> int:
    return max(1, -(-size // unit))
