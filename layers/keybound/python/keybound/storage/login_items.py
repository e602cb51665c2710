"""The item of a login: what is in its key is not stored twice.

A login with refresh tokens has to stay within 1,024 bytes: each KiB that is begun is one more write
unit, at its burn and at every refresh.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.login import Login
from keybound.storage import keys
from keybound.storage.codec import Item, decode, encode


def login_item(login: Login) -> Item:
    """Return the item that stores a login."""
    item = {**keys.login(login.challenge_hash)._asdict(), **encode(login)}
    del item["challenge_hash"]
    return item


def login_of(item: Mapping[str, Any]) -> Login:
    """Return the login of an item. Raises KeyError for a damaged one."""
    return decode(Login, {**item, "challenge_hash": keys.challenge_hash_of_login(item["pk"])})
