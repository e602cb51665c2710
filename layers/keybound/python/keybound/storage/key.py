"""The shape of a primary key."""

from typing import NamedTuple


class Key(NamedTuple):
    """A primary key: partition and sort key."""

    pk: str
    sk: str
