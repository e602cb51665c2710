"""Changes that are decided on what was read, and decided again when somebody else was faster."""

from collections.abc import Callable
from typing import TypeVar

from keybound.domain.errors import Conflict

MAX_ATTEMPTS = 5
_Result = TypeVar("_Result")


def until_it_holds(attempt: Callable[[], _Result | None]) -> _Result:
    """Return the first result of `attempt` that is not None; each reads and decides anew.

    Raises Conflict after five that lost, and whatever `attempt` raises.
    """
    for _ in range(MAX_ATTEMPTS):
        if (result := attempt()) is not None:
            return result
    raise Conflict("changed by somebody else at the same time: read it again")
