"""Turns frozen dataclasses into table items and back, by the dataclass's own field types.

Empty strings, None, empty tuples and empty sets are not stored: absent means default. Item keys
and index attributes are added by the caller.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Item = dict[str, Any]
_Entity = TypeVar("_Entity")


def encode(entity: object) -> Item:
    """Return the plain attributes of a dataclass instance."""
    item: Item = {}
    for field in fields(entity):  # type: ignore[arg-type]
        value = _plain(getattr(entity, field.name))
        if value not in ("", None, [], frozenset()) or value is False:
            item[field.name] = value
    return item


def decode(kind: type[_Entity], item: Mapping[str, Any]) -> _Entity:
    """Build `kind` from an item; attributes it does not name are ignored.

    Raises KeyError when a field without default is missing: a damaged item is a bug, not input.
    """
    hints: dict[str, Any] = _hints(kind)  # type: ignore[arg-type]
    values = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in item:
            values[field.name] = _typed(hints[field.name], item[field.name])
        elif _needs_value(field):
            values[field.name] = _empty(hints[field.name], field.name)
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _needs_value(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _empty(hint: Any, name: str) -> Any:
    """What an attribute that was not stored stands for."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in (str, bytes):
        return hint()
    if get_origin(hint) is tuple:
        return ()
    if get_origin(hint) is frozenset:
        return frozenset()
    raise KeyError(name)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return encode(value)
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    return value


def _typed(hint: Any, value: Any) -> Any:
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _typed(next(arg for arg in get_args(hint) if arg is not type(None)), value)
    if origin is frozenset:
        return frozenset(value)
    if origin is tuple:
        return tuple(_typed(get_args(hint)[0], member) for member in value)
    if hint is int:
        return int(value)
    if hint is bytes:
        return bytes(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, value)
    return value
