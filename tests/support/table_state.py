"""Everything that both tables hold, to show that a call changed nothing."""

from typing import Any

from keybound.edge import aws

from functions import composition


def stored(*tables: str) -> dict[tuple[str, str, str], Any]:
    """Return every item by table, partition and sort key; both tables when none is named."""
    settings = composition.settings()
    found: dict[tuple[str, str, str], Any] = {}
    for name in tables or (settings.directory_table, settings.grants_table):
        pages = aws.dynamodb().get_paginator("scan").paginate(TableName=name)
        for page in pages:
            for item in page["Items"]:
                found[name, item["pk"]["S"], item["sk"]["S"]] = item
    return found


def logins() -> list[dict[str, Any]]:
    """Return the login items, typed as DynamoDB has them."""
    grants = composition.settings().grants_table
    return [item for (_, _, sk), item in stored(grants).items() if sk == "LOGIN"]
