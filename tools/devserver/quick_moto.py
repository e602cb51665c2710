"""Some of moto's ways made short, with the same answers: most of a call's time went there.

moto walks every attribute value of an answer through the whole service model, copies whole tables
once for each step of a transaction in case it has to be undone, and sorts the whole table for each
query. What is shortened here is held to moto's own answers by a test.
"""

import copy
import functools
from collections import defaultdict
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

#: Members of DynamoDB's AttributeValue that are sent as they are kept; binary ones are not.
_SCALARS = {"S": str, "N": str, "BOOL": bool, "NULL": bool}


def install() -> None:
    """Make moto short, from now on and for the whole process. Idempotent."""
    from moto.core import responses
    from moto.core.serialize import BaseJSONSerializer
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.dynamo_type import DynamoType
    from moto.dynamodb.models.table import Table

    if hasattr(Table.query, "__wrapped__"):
        return
    ways: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
        (responses, "method_names_from_class", functools.cache),
        (BaseJSONSerializer, "_serialize_type_structure", sent_as_kept),
        (DynamoDBBackend, "update_item", on_a_copy),
        (DynamoType, "cast_value", text_at_once),
        (Table, "query", of_one_partition),
        (Table, "__deepcopy__", lambda _: with_the_same_items),
    )
    for owner, name, shorten in ways:
        setattr(owner, name, shorten(vars(owner).get(name)))


def sent_as_kept(serialize: Callable[..., None]) -> Callable[..., None]:
    """Attribute values without binary ones are written as they are, not member by member."""

    @functools.wraps(serialize)
    def structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key and _is_plain(value):
            self._default_serialize(serialized, value, shape, key)
        else:
            serialize(self, serialized, value, shape, key)

    return structure


def _is_plain(value: Any) -> bool:
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind in _SCALARS:
        return type(content) is _SCALARS[kind]
    if kind == "L":
        return type(content) is list and all(map(_is_plain, content))
    if kind == "M":
        return type(content) is dict and all(map(_is_plain, content.values()))
    return False


def on_a_copy(update_item: Callable[..., Any]) -> Callable[..., Any]:
    """Updates change a new copy of the item: no item is ever changed in its place."""

    @functools.wraps(update_item)
    def update(self: Any, table_name: str, key: dict[str, Any], *rest: Any, **more: Any) -> Any:
        table = self.tables.get(table_name)
        if table is not None and set(key) == set(table.table_key_attrs):
            hash_value, range_value = self.get_keys_value(table, key)
            item = copy.deepcopy(table.get_item(hash_value, range_value))
            if item is not None and range_value is not None:
                table.items[hash_value][range_value] = item
            elif item is not None:
                table.items[hash_value] = item
        return update_item(self, table_name, key, *rest, **more)

    return update


def with_the_same_items(table: Any, memo: dict[int, Any]) -> Any:
    """Puts replace items, deletions drop them and updates work on copies: two may share them."""
    copied = copy.copy(table)
    copied.items = defaultdict(dict)
    for hash_value, found in table.items.items():
        copied.items[hash_value] = dict(found) if table.has_range_key else found
    return copied


def of_one_partition(query: Callable[..., Any]) -> Callable[..., Any]:
    """A query looks at the items of its partition, not at those of the whole table in order."""
    parameters = signature(query)

    @functools.wraps(query)
    def partition(*given: Any, **named: Any) -> Any:
        asked = parameters.bind(*given, **named)
        table = asked.arguments["self"]
        if table.has_range_key:
            asked.arguments["self"] = narrowed = copy.copy(table)
            narrowed.items = _partition(table, asked.arguments)
        return query(*asked.args, **asked.kwargs)

    return partition


def _partition(table: Any, asked: Mapping[str, Any]) -> dict[Any, dict[Any, Any]]:
    if asked.get("index_name") is None:
        hash_key = asked["hash_key"]
        return {hash_key: table.items.get(hash_key, {})}
    wanted = asked["hash_key_conditions"] or ()
    return {
        hash_value: {
            range_value: item
            for range_value, item in found.items()
            if all(name in item.attrs and item.attrs[name] == value for name, value in wanted)
        }
        for hash_value, found in table.items.items()
    }


def text_at_once(cast_value: property) -> property:
    """A text is its own value: no need to ask first whether it is each of the other types."""
    cast = cast_value.fget
    assert cast is not None

    @functools.wraps(cast)
    def value(self: Any) -> Any:
        return self.value if self.type == "S" else cast(self)

    return property(value)
