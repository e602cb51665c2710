"""What moto's DynamoDB answers to calls of every kind, for comparing two motos.

Run as a program it prints them as moto gives them by itself.
"""

import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError
from keybound.storage import schema
from keybound.storage.keys import BY_LIST
from moto import mock_aws

TABLE = "directory"

EVERY_TYPE: dict[str, Any] = {
    "S": {"S": "ü"},
    "empty": {"S": ""},
    "N": {"N": "-12.50"},
    "B": {"B": b"\x00\xff"},
    "no_bytes": {"B": b""},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "SS": {"SS": ["b", "a"]},
    "NS": {"NS": ["2", "1.0"]},
    "BS": {"BS": [b"\x01", b"\x02"]},
    "L": {"L": [{"S": "x"}, {"N": "1"}, {"B": b"\x03"}, {"L": []}, {"M": {}}]},
    "M": {"M": {"S": {"S": "named S"}, "in": {"M": {"B": {"B": b"\x04"}, "N": {"N": "0"}}}}},
    "plain": {"L": [{"M": {"a": {"NULL": True}, "b": {"BOOL": False}}}, {"SS": ["s"]}]},
}


def answers() -> list[str]:
    """Make the calls against a new, empty moto; return each answer or error, as text."""
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(**schema.directory_table(TABLE))
        return [_answer(client, operation, more) for operation, more in _calls()]


def _answer(client: Any, operation: str, members: dict[str, Any]) -> str:
    try:
        answer = getattr(client, operation)(**members)
    except ClientError as error:
        answer = error.response
    return repr({name: value for name, value in answer.items() if name != "ResponseMetadata"})


def key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _calls() -> Iterator[tuple[str, dict[str, Any]]]:
    for step in (_writes, _changes, _pages):
        for operation, more in step():
            yield operation, {"TableName": TABLE} | more
        yield _WHOLE
    wanted = {TABLE: {"Keys": [key("p1", "a"), key("p1", "absent"), key("p2", "all")]}}
    yield "batch_get_item", {"RequestItems": wanted}
    for steps in _transactions():
        yield "transact_write_items", {"TransactItems": steps}
        yield _WHOLE


def _writes() -> Iterator[tuple[str, dict[str, Any]]]:
    everything = key("p2", "all") | EVERY_TYPE
    yield "put_item", {"Item": everything}
    yield "put_item", {"Item": everything | {"S": {"S": "new"}}, "ReturnValues": "ALL_OLD"}
    yield "put_item", {"Item": everything} | _IF_ABSENT
    yield "get_item", {"Key": key("p2", "all"), "ConsistentRead": True}
    yield "get_item", {"Key": key("p2", "all"), "ProjectionExpression": "M.#in, L[0], B"} | _IN
    for pk in ("p1", "p3"):
        for at, sk in enumerate(("b", "a", "c", "d#1", "d#2")):
            listed = {"lpk": {"S": f"list-{at % 2}"}, "lsk": {"S": f"{sk}-{pk}"}}
            yield "put_item", {"Item": key(pk, sk) | {"n": {"N": str(at)}} | listed}


def _changes() -> Iterator[tuple[str, dict[str, Any]]]:
    one = {":one": {"N": "1"}}
    for what in ("ALL_NEW", "ALL_OLD", "UPDATED_NEW", "NONE"):
        change = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": one}
        yield "update_item", {"Key": key("p1", "a"), "ReturnValues": what} | change
    grow = {"UpdateExpression": "SET L = list_append(L, :l) REMOVE M.S, #no"}
    grow |= {"ExpressionAttributeValues": {":l": {"L": [{"B": b"5"}]}}}
    grow |= {"ExpressionAttributeNames": {"#no": "nothing"}, "ReturnValues": "ALL_NEW"}
    yield "update_item", {"Key": key("p2", "all")} | grow
    wrong = {"UpdateExpression": "SET n = L[0]"}
    yield "update_item", {"Key": key("p1", "a")} | wrong
    create = {"UpdateExpression": "SET n = :one", "ExpressionAttributeValues": one}
    yield "update_item", {"Key": key("p1", "made"), "ReturnValues": "ALL_NEW"} | create
    yield "update_item", {"Key": key("p1", "made")} | create | _IF_ABSENT
    yield "update_item", {"Key": {"pk": {"S": "p1"}}} | create
    yield "delete_item", {"Key": key("p1", "made"), "ReturnValues": "ALL_OLD"}
    yield "delete_item", {"Key": key("p1", "a")} | _IF_ABSENT


def _pages() -> Iterator[tuple[str, dict[str, Any]]]:
    for pk in ("p1", "p2", "nobody"):
        values = {":pk": {"S": pk}}
        yield "query", {"KeyConditionExpression": "pk = :pk"} | _values(values)
        yield "query", {"KeyConditionExpression": "pk = :pk", "Limit": 2} | _values(values)
        yield (
            "query",
            {
                "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
                "ScanIndexForward": False,
            }
            | _values(values | {":sk": {"S": "d#"}}),
        )
        yield (
            "query",
            {
                "KeyConditionExpression": "pk = :pk",
                "ExclusiveStartKey": key(pk, "b"),
                "FilterExpression": "n < :n",
            }
            | _values(values | {":n": {"N": "4"}}),
        )
    for name in ("list-0", "list-1", "list-2"):
        listed = {"KeyConditionExpression": "lpk = :pk", "IndexName": BY_LIST}
        yield "query", listed | _values({":pk": {"S": name}})
        start = key("p1", "c") | {"lpk": {"S": name}, "lsk": {"S": "c-p1"}}
        for forward in (True, False):
            more = {"ExclusiveStartKey": start, "ScanIndexForward": forward, "Limit": 1}
            yield "query", listed | more | _values({":pk": {"S": name}})
    yield "query", listed | {"ConsistentRead": True} | _values({":pk": {"S": "list-0"}})
    yield "query", {"KeyConditionExpression": "n = :pk"} | _values({":pk": {"N": "1"}})


def _transactions() -> Iterator[list[dict[str, Any]]]:
    """One that goes through, and each step before one that fails."""
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    put = {"Put": {"TableName": TABLE, "Item": key("p1", "put") | EVERY_TYPE}}
    update = {"Update": {"TableName": TABLE, "Key": key("p1", "b")} | add}
    delete = {"Delete": {"TableName": TABLE, "Key": key("p1", "c")}}
    refused = {"TableName": TABLE, "Key": key("p2", "all")} | _IF_ABSENT
    for good in (put, update, delete):
        yield [good, {"ConditionCheck": refused}]
        yield [good, good]
    yield [put, update, delete, {"ConditionCheck": refused}]
    yield [put, update, delete]


def _values(values: dict[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": values}


_WHOLE: tuple[str, dict[str, Any]] = ("scan", {"TableName": TABLE, "ConsistentRead": True})
_IN = {"ExpressionAttributeNames": {"#in": "in"}}
_IF_ABSENT = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}

if __name__ == "__main__":
    for number, answer in enumerate(answers()):
        sys.stdout.write(f"{number} {answer}\n")
