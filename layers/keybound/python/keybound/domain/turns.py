"""Goes through what waits so that no owner of much keeps others waiting.

What waits is kept in the order of its places, and the places of one owner stand together. Whoever
fills a page has the next turn only when everybody else had one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_What = TypeVar("_What")


@dataclass(frozen=True)
class Waiting(Generic[_What]):
    """One thing that waits. place: where it is kept; begins with `owner`, as nobody else's does."""

    owner: str
    place: str
    what: _What


Pages = Callable[[str, int], Sequence[Waiting[_What]]]
"""Returns at most so many from behind a place on, in their order; fewer at the end only."""


def in_turns(pages: Pages[_What], size: int, start: str) -> Iterator[list[_What]]:
    """Yield all that waits, at most `size` at a time.

    start: where to begin, going round to it again: drawn at random, so that nobody comes last in
    every run that ends before its work does. No owner may begin with it.
    """
    left: dict[str, str] = {}
    yield from _round(pages, size, start, "", left)
    if start:
        yield from _round(pages, size, "", start, left)
    while left:
        for owner, behind in list(left.items()):
            found = [each for each in pages(behind, size) if each.owner == owner]
            if len(found) < size:
                del left[owner]
            else:
                left[owner] = found[-1].place
            if found:
                yield [each.what for each in found]


def _round(
    pages: Pages[_What], size: int, behind: str, until: str, left: dict[str, str]
) -> Iterator[list[_What]]:
    """Yield a page of each owner, and note in `left` who had more and where that begins."""
    while read := pages(behind, size):
        found = [each for each in read if not until or each.place < until]
        if found:
            yield [each.what for each in found]
        if len(found) < size:
            return
        last = found[-1]
        behind = last.place
        if found[0].owner == last.owner:
            left[last.owner] = behind
            behind = _past(last.owner)


def _past(owner: str) -> str:
    """Return what comes behind every place of the owner and before any other owner's."""
    return owner[:-1] + chr(ord(owner[-1]) + 1)
