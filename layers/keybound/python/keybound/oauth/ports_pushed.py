"""What pushed authorization requests need from outside."""

from typing import Protocol

from keybound.domain.pushed_request import PushedRequest


class PushedRequestStore(Protocol):
    """Keeps what was pushed until it is used or its time is over."""

    def create(self, pushed: PushedRequest) -> None:
        """Store a new one; its secret was drawn just now, so there is no other of that hash."""


class PushedRequestReader(Protocol):
    def find(self, request_hash: str) -> PushedRequest | None:
        """Return what was pushed, used or expired or not. One consistent read."""


class PushedRequestConsumer(Protocol):
    def consume(self, request_hash: str, *, use_id: str, now: int) -> bool:
        """Mark it used by this sign-in. Of any number of sign-ins one gets True; the same one
        repeated gets it again."""
