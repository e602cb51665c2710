"""The shape of both tables, for wherever they are made without CloudFormation (development, tests).

The deployed tables are described by the CDK app; a test compares the two.
"""

from typing import Any

from keybound.storage.keys import BY_END
from keybound.storage.list_indexes import FILTERS, LIST

TTL_ATTRIBUTE = "ttl"


def _index(name: str, pk: str, sk: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": _keys(pk, sk),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def _keys(pk: str, sk: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": pk, "KeyType": "HASH"},
        {"AttributeName": sk, "KeyType": "RANGE"},
    ]


def _attributes(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def directory_table(name: str) -> dict[str, Any]:
    """Return CreateTable's arguments for the Directory: sparse indexes, keys only."""
    indexes = [LIST, (BY_END, "epk", "esk"), *FILTERS]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys("pk", "sk"),
        "AttributeDefinitions": _attributes(
            "pk", "sk", *(name for _, pk, sk in indexes for name in (pk, sk))
        ),
        "GlobalSecondaryIndexes": [_index(*index) for index in indexes],
    }


def grants_table(name: str) -> dict[str, Any]:
    """Return CreateTable's arguments for the Grants: no index; `ttl` is switched on afterwards."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys("pk", "sk"),
        "AttributeDefinitions": _attributes("pk", "sk"),
    }
