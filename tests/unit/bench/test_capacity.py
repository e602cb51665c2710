"""Request units by the rules of the DynamoDB developer guide."""

import pytest

from tools.bench import capacity


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    item = {"pk": {"S": "é"}, "n": {"N": "123"}, "b": {"B": b"1234"}, "t": {"BOOL": True}}
    assert capacity.item_size(item) == (2 + 2) + (1 + 3) + (1 + 4) + (1 + 1)


def test_lists_and_maps_cost_three_bytes_and_one_for_each_member() -> None:
    assert capacity.item_size({"l": {"L": [{"S": "ab"}]}}) == 1 + 3 + (2 + 1)
    assert capacity.item_size({"m": {"M": {"k": {"S": "ab"}}}}) == 1 + 3 + (1 + 2 + 1)


def test_a_type_that_is_never_stored_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="SS"):
        capacity.item_size({"s": {"SS": ["a"]}})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1024, 1), (1025, 2), (4096, 4)])
def test_writes_are_rounded_up_to_one_kilobyte(size: int, units: int) -> None:
    item = {"p": {"B": b"x" * (size - 1)}} if size else None
    assert capacity.write_units(None, item) == units
    assert capacity.write_units(item, None) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_reads_are_rounded_up_to_four_kilobytes(size: int, units: int) -> None:
    item = {"p": {"B": b"x" * (size - 1)}} if size else None
    assert capacity.read_units([item], consistent=True) == units
    assert capacity.read_units([item], consistent=False) == units / 2


def test_items_read_by_key_are_rounded_each_and_queried_ones_together() -> None:
    items = [{"p": {"S": "x" * 99}}] * 3
    assert capacity.read_units(items, consistent=True) == 3
    assert capacity.query_units(items, consistent=True) == 1


def test_an_index_entry_that_appears_or_goes_costs_one_and_one_that_moves_two() -> None:
    plain = {"pk": {"S": "1"}}
    listed = {**plain, "lpk": {"S": "a"}, "lsk": {"S": "b"}}
    moved = {**listed, "lsk": {"S": "c"}}
    ends = {**listed, "epk": {"S": "d"}, "esk": {"S": "e"}}
    units = capacity.index_units
    assert units("keybound-directory", None, plain) == 0
    assert units("keybound-directory", None, listed) == 1
    assert units("keybound-directory", listed, None) == 1
    assert units("keybound-directory", listed, dict(listed)) == 0
    assert units("keybound-directory", listed, moved) == 2
    assert units("keybound-directory", None, ends) == 2
    assert units("keybound-grants", None, listed) == 0
