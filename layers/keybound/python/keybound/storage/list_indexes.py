"""The indexes of the Directory that list, with the names of their key attributes."""

from typing import NamedTuple

from keybound.storage.keys import BY_LIST


class ListIndex(NamedTuple):
    """Its name and its two key attributes."""

    name: str
    pk: str
    sk: str


LIST = ListIndex(BY_LIST, "lpk", "lsk")
FILTERS = tuple(ListIndex(f"by_filter_{n}", f"f{n}pk", f"f{n}sk") for n in (1, 2, 3))
"""Identities: e-mail address, external id, status. Jobs: state, delivery method,
state of one identity."""
