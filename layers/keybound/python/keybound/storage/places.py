"""Reads a partition place by place: the pages that turns are taken by."""

from keybound.storage.codec import Item
from keybound.storage.table import Table


def items_behind(table: Table, pk: str, behind: str, most: int) -> list[Item]:
    """Return at most so many items of a partition, consistently, from behind a sort key on; from
    the first when it is empty. They must be small: fewer come at the end only."""
    values = {":pk": pk, ":behind": behind or " "}
    return table.query("pk = :pk AND sk > :behind", values, limit=most)[0]
