"""Tries again when DynamoDB refuses a write because another transaction held one of its items.

Such a refusal wrote nothing and passes in milliseconds, so waiting a little is better than an
answer of 503. The waits grow and are random, so that the losers of one race do not meet again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from keybound.domain.secrets import Randomness
from keybound.storage.table import Contended

TRIES = 6
_FIRST_WAIT_S = 0.01
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Contention:
    """How losers wait. `pause` takes seconds; at most about 0.6 s are spent in all."""

    randomness: Randomness
    pause: Callable[[float], None] = time.sleep

    def retry(self, write: Callable[[], _Result]) -> _Result:
        """Return what `write` returns. Raises Contended when it lost six times."""
        for lost in range(TRIES - 1):
            try:
                return write()
            except Contended:
                share = 0.5 + self.randomness(1)[0] / 255
                self.pause(_FIRST_WAIT_S * 2**lost * share)
        return write()

    def draw(self, count: int) -> int:
        """Return a number below `count` (at most 256), to spread writes over shards."""
        return self.randomness(1)[0] % count
