"""Judges the DynamoDB calls that a room really makes by what the manifest grants it.

Stricter than IAM needs to be: one grant must cover all keys that a batch, or a transaction, names
in one table, because `dynamodb:LeadingKeys` may hold all of them when an action is judged.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from functions.manifest import Room
from tests.support.aws_calls import AwsCall, count_aws_calls
from tools.devserver import invocation

_PARTITION = re.compile(r"\b\w*pk = (:\w+)")
_ITEM_VERBS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_ITEM_VERBS["ConditionCheck"] = "ConditionCheckItem"


@contextmanager
def calls_by_room() -> Iterator[dict[str, list[AwsCall]]]:
    """Collect the calls of every room that is invoked meanwhile; one room at a time."""
    found: dict[str, list[AwsCall]] = {}
    original = invocation._invoke

    def invoke(room: Room, event: dict[str, Any]) -> Any:
        with count_aws_calls() as calls:
            try:
                return original(room, event)
            finally:
                found.setdefault(room.name, []).extend(calls)

    with patch.object(invocation, "_invoke", invoke):
        yield found


def refused(room: Room, call: AwsCall) -> list[str]:
    """What the role of the room would refuse of a call: verb, table and keys."""
    if call.service != "dynamodb":
        return []
    places = list(_places(call))
    keys_of: dict[str, set[str]] = {}
    for _, table, _, pk in places:
        keys_of.setdefault(table, set()).add(pk)
    return [
        f"{room.name}: {verb} {table} {index} {sorted(keys_of[table])}"
        for verb, table, index, _ in places
        if not _allowed(room, verb, table, index, keys_of[table])
    ]


def _allowed(room: Room, verb: str, table: str, index: str, keys: set[str]) -> bool:
    return any(
        verb in grant.verbs
        and os.environ[f"KEYBOUND_{grant.table.upper()}_TABLE"] == table
        and grant.index == index
        and (not grant.leading or all(key.startswith(grant.leading) for key in keys))
        for grant in room.grants
    )


def _places(call: AwsCall) -> Iterator[tuple[str, str, str, str]]:
    """Verb, table, index and partition key of each item that a call names."""
    params = call.params
    if call.operation == "BatchGetItem":
        for table, asked in params["RequestItems"].items():
            for key in asked["Keys"]:
                yield call.operation, table, "", key["pk"]["S"]
    elif call.operation == "TransactWriteItems":
        for entry in params["TransactItems"]:
            ((kind, write),) = entry.items()
            yield _ITEM_VERBS[kind], write["TableName"], "", _key(write)
    elif call.operation == "Query":
        (name,) = _PARTITION.findall(params["KeyConditionExpression"])
        pk = params["ExpressionAttributeValues"][name]["S"]
        yield call.operation, params["TableName"], params.get("IndexName", ""), pk
    else:
        yield call.operation, params["TableName"], "", _key(params)


def _key(params: dict[str, Any]) -> str:
    return str((params.get("Key") or params["Item"])["pk"]["S"])
