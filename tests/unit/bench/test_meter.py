"""The meter counts what botocore is really asked for."""

from collections.abc import Iterator
from typing import Any

import pytest
from keybound.domain.parallel import together
from keybound.edge import aws
from keybound.storage.keys import Key
from keybound.storage.table import ConditionFailed, Table
from moto import mock_aws

from functions import composition
from tools.bench.meter import metered
from tools.devserver import cloud

ONE, TWO = Key("a", "1"), Key("a", "2")


@pytest.fixture
def table() -> Iterator[Table]:
    composition.forget()
    with mock_aws():
        cloud.create_tables(aws.dynamodb())
        yield Table(aws.dynamodb, cloud.DIRECTORY_TABLE)
    composition.forget()


def item(key: Key, size: int = 0) -> dict[str, Any]:
    return {**key._asdict(), "padding": "x" * size}


def test_calls_after_one_another_are_a_round_trip_each(table: Table) -> None:
    with metered() as cost:
        table.get(ONE)
        table.get(TWO)
    assert (cost.calls.total(), cost.round_trips, cost.read_units) == (2, 2, 2)


def test_parallel_branches_count_as_their_longest(table: Table) -> None:
    def twice() -> None:
        table.get(ONE)
        table.get(TWO)

    with metered() as cost:
        table.get(ONE)
        together(lambda: table.get(ONE), twice)
        together(lambda: None, lambda: None)
    assert (cost.calls.total(), cost.round_trips) == (4, 3)


def test_groups_inside_a_branch_are_counted_inside_it(table: Table) -> None:
    def branch() -> None:
        together(lambda: table.get(ONE), lambda: table.get(TWO))
        table.get(ONE)

    with metered() as cost:
        together(branch, lambda: table.get(ONE))
    assert (cost.calls.total(), cost.round_trips) == (4, 2)


def test_a_branch_that_fails_is_counted_and_its_error_is_raised(table: Table) -> None:
    table.put(item(ONE))
    with metered() as cost, pytest.raises(ConditionFailed):
        together(lambda: table.put(item(ONE), "attribute_not_exists(pk)"), lambda: table.get(ONE))
    assert (cost.round_trips, cost.write_units, cost.read_units) == (1, 1, 1)


def test_a_write_costs_by_the_larger_of_what_was_and_what_is(table: Table) -> None:
    table.put(item(ONE, 3000))
    with metered() as cost:
        table.put(item(ONE))
    assert cost.write_units == 3


def test_a_transaction_costs_double(table: Table) -> None:
    with metered() as cost:
        table.transact([table.put_write(item(ONE)), table.put_write(item(TWO))], "attempt")
    assert (cost.calls.total(), cost.round_trips, cost.write_units) == (1, 1, 4)


def test_a_batch_pays_for_every_key_that_it_asks_for(table: Table) -> None:
    table.put(item(ONE))
    with metered() as cost:
        table.get_many([ONE, TWO])
    assert (cost.calls.total(), cost.read_units) == (1, 2)


def test_an_operation_without_a_rule_is_refused_not_forgotten(table: Table) -> None:
    with metered(), pytest.raises(ValueError, match="Scan"):
        aws.dynamodb().scan(TableName=table.name)
