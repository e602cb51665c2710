"""Goes through an outbox of mails: realms take turns, and what fails stops nothing else."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from keybound.domain.errors import Unavailable
from keybound.domain.turns import Pages, in_turns

AT_A_TURN = 25
FIRST_DELAY_S = 60
LONGEST_DELAY_S = 3600
MAX_ATTEMPTS = 12
NOT_DUE = ""

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class SweptMails:
    """sent, failed: mails settled. delayed: not taken this time. dropped: nothing to send any more.
    broken: calls that storage refused; what they were for stays. finished: whether everything was
    looked through before time ran out."""

    sent: int
    failed: int
    delayed: int
    dropped: int
    broken: int
    finished: bool


@dataclass(frozen=True)
class Run:
    """How far one sweep goes: has_time says whether another mail may be begun. start: where it
    begins, drawn at random (`in_turns`)."""

    has_time: Callable[[], bool]
    start: str = ""


def sweep(
    pages: Callable[[int], Pages[_Entry]], shards: int, see_to: Callable[[_Entry], str], run: Run
) -> SweptMails:
    """See to every entry of every shard and count what came of it.

    see_to: returns a name of a member of `SweptMails`, or NOT_DUE. Raises nothing that it raises
    as Unavailable.
    """
    counts = Counter[str]()
    turns = deque(in_turns(pages(shard), AT_A_TURN, run.start) for shard in range(shards))
    while turns:
        turn = turns.popleft()
        page = _next(turn, counts)
        for entry in page or ():
            if not run.has_time():
                return _swept(counts, finished=False)
            counts[_outcome(partial(see_to, entry))] += 1
        if page is not None:
            turns.append(turn)
    return _swept(counts, finished=not counts["broken"])


def delay(attempts: int) -> int:
    """Return for how long an entry is taken that was tried so often before, in seconds."""
    return min(FIRST_DELAY_S << min(attempts, 10), LONGEST_DELAY_S)


def _next(turn: Iterator[list[_Entry]], counts: Counter[str]) -> list[_Entry] | None:
    """Return the next page; None when there is none, or when it cannot be read now."""
    try:
        return next(turn, None)
    except Unavailable:
        counts["broken"] += 1
        return None


def _outcome(see_to: Callable[[], str]) -> str:
    try:
        return see_to()
    except Unavailable:
        return "broken"


def _swept(counts: Counter[str], *, finished: bool) -> SweptMails:
    return SweptMails(
        sent=counts["sent"],
        failed=counts["failed"],
        delayed=counts["delayed"],
        dropped=counts["dropped"],
        broken=counts["broken"],
        finished=finished,
    )
