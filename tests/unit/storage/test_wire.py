"""DynamoDB's typed form, by hand: what boto3's own codec makes of the same values."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from keybound.storage.wire import from_wire, to_wire

ITEM: dict[str, Any] = {
    "text": "Größe ☂",
    "empty": "",
    "zero": 0,
    "large": 2**53 + 1,
    "below": -7,
    "true": True,
    "false": False,
    "nothing": None,
    "bytes": b"\x00\xff",
    "list": ["a", 1, [True, None], {"b": b"c"}],
    "map": {"inner": {"deep": "x"}, "numbers": [1, 2]},
}


def test_it_writes_what_boto3_writes() -> None:
    assert to_wire(ITEM) == {name: TypeSerializer().serialize(v) for name, v in ITEM.items()}


def test_what_was_written_is_read_back_as_it_was() -> None:
    read = from_wire(to_wire(ITEM))
    assert read == ITEM
    assert {name: type(value) for name, value in read.items()} == {
        name: type(value) for name, value in ITEM.items()
    }


def test_it_reads_what_boto3_reads() -> None:
    wire = to_wire({name: value for name, value in ITEM.items() if name != "bytes"})
    assert from_wire(wire) == {n: TypeDeserializer().deserialize(v) for n, v in wire.items()}


def test_tuples_are_stored_as_lists() -> None:
    assert to_wire({"t": ("a",)}) == {"t": {"L": [{"S": "a"}]}}


def test_frozen_sets_of_strings_are_sets() -> None:
    typed = to_wire({"s": frozenset({"b", "a"})})
    assert typed == {"s": {"SS": ["a", "b"]}}
    assert from_wire(typed) == {"s": frozenset({"a", "b"})}


@pytest.mark.parametrize("value", [1.5, {"a"}, frozenset({1}), Decimal("1.5"), object()])
def test_what_is_never_stored_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="never stored"):
        to_wire({"member": [value]})


@pytest.mark.parametrize("typed", [{"NS": ["1"]}, {"BS": [b"a"]}, {"X": 1}])
def test_types_that_are_never_stored_are_not_guessed_at(typed: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="never stored"):
        from_wire({"member": typed})


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        from_wire({"member": {"N": "1.5"}})
