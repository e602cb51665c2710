"""Receipts: what is stored together with a new resource, so that a repeated call is recognised.

A flow that creates something takes a `receipt`, calls it with what it is about to store, and hands
the writes to storage, which applies all of them or none. What they say is no business of the flow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

_Made = TypeVar("_Made")
Writes = Sequence[dict[str, Any]]
Receipt = Callable[[_Made], Writes]


def no_receipt(_: object) -> Writes:
    """Return no writes: the call need not be recognised."""
    return ()


@dataclass(frozen=True)
class Derivation:
    """How a secret that was handed out can be said again without having been stored.

    The four arguments of a deriver: HMAC(derive key `kid`, item id ‖ version ‖ nonce).
    """

    item_id: str
    version: int
    nonce: str
    kid: str


@dataclass(frozen=True)
class Answered:
    """The answer to a creation that carried an idempotency key. Times are epoch seconds.

    request_hash: of everything that decides the answer. body: as answered; where a secret stood
    there is `gap`, drawn at random, and `secret` says what belongs into it.
    """

    request_hash: str
    status: int
    body: str
    expires_at: int
    etag: str = ""
    gap: str = ""
    secret: Derivation | None = None
