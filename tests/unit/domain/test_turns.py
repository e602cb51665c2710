"""Whatever waits comes, and whoever has much waits for everybody else."""

import random
from collections.abc import Sequence

import pytest
from keybound.domain.turns import Pages, Waiting, in_turns


def kept(counts: dict[str, int]) -> Pages[str]:
    everything = sorted(
        (
            Waiting(f"{owner}#", f"{owner}#{n:04}", f"{owner}{n}")
            for owner, count in counts.items()
            for n in range(count)
        ),
        key=lambda each: each.place,
    )

    def pages(behind: str, most: int) -> Sequence[Waiting[str]]:
        return [each for each in everything if each.place > behind][:most]

    return pages


@pytest.mark.parametrize("start", ["", "0", "b", "bb", "zz"])
@pytest.mark.parametrize("seed", range(20))
def test_everything_comes_once_wherever_it_begins(start: str, seed: int) -> None:
    drawn = random.Random(seed)
    counts = {name: drawn.choice([0, 1, 2, 3, 4, 9, 40]) for name in ("a", "aa", "b1", "c", "z")}
    found = [each for page in in_turns(kept(counts), 3, start) for each in page]
    assert len(found) == len(set(found)) == sum(counts.values())


def test_an_owner_of_much_has_two_pages_before_everybody_else_had_one() -> None:
    """One more than a page may stand on a page that begins with another owner's last."""
    pages = list(in_turns(kept({"a": 1, "b": 1000, "c": 1, "d": 1000, "e": 1}), 10, ""))
    assert {each[0] for page in pages[:6] for each in page} == set("abcde")
    assert all(len(page) <= 10 for page in pages)


def test_those_of_much_take_turns() -> None:
    pages = list(in_turns(kept({"a": 50, "b": 50}), 10, ""))
    assert [page[0][0] for page in pages] == list("abababababab"[: len(pages)])


def test_nobody_comes_last_in_every_run() -> None:
    counts = {"a": 1, "b": 1, "c": 1}
    firsts = {next(in_turns(kept(counts), 1, start))[0] for start in ("0", "a$", "b$")}
    assert firsts == {"a0", "b0", "c0"}
