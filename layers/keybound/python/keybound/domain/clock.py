"""Time comes from outside: flows take a `Clock`, never the wall clock itself."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]
"""Returns the present as whole seconds since the epoch."""


class SystemClock:
    """The machine's clock, in whole epoch seconds.

    `offset_s` is the one seam by which a development server or a test moves time for rooms that
    are already wired; nothing in a deployment sets it.
    """

    offset_s = 0

    def __call__(self) -> int:
        return int(time.time()) + SystemClock.offset_s


def rfc3339(epoch_s: int) -> str:
    """Return `2022-03-14T03:42:52Z` for epoch seconds (RFC 3339, UTC)."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
