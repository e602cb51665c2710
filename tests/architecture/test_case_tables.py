"""The tables of attack cases name, for each id, test files that exist and that carry the id."""

import re
from pathlib import Path

from tests.support.sources import REPOSITORY

TESTS = REPOSITORY / "tests"
PAGES = ("attack-cases.md", "security.md")
ID = re.compile(r"(?<![A-Za-z0-9])T[1-9][0-9]?(?![A-Za-z0-9])", re.IGNORECASE)
NAMED = re.compile(r"`([a-z0-9_]+/[a-z0-9_/]+(?:\.py)?)`")


def rows() -> dict[str, list[str]]:
    """By case id, what its row names below tests/."""
    found: dict[str, list[str]] = {}
    for name in PAGES:
        text = (REPOSITORY / "docs" / name).read_text("utf-8")
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 4 and re.fullmatch(r"T[0-9]+(, T[0-9]+)*", cells[0]):
                named = NAMED.findall(cells[3])
                found |= {case: named for case in cells[0].split(", ")}
    return found


def ids_in(path: Path) -> set[str]:
    """The case ids that a test file, or any file of a folder, carries in names and docstrings."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    text = " ".join(file.read_text("utf-8") for file in files).replace("_", " ")
    return {found.upper() for found in ID.findall(text)}


def test_every_row_names_tests_that_carry_its_id() -> None:
    table = rows()
    assert len(table) > 45
    wrong = [
        (case, name)
        for case, names in table.items()
        for name in names
        if not (TESTS / name).exists() or case not in ids_in(TESTS / name)
    ]
    assert wrong == []


def test_no_row_is_without_a_test() -> None:
    assert [case for case, names in rows().items() if not names] == []


def test_every_id_that_a_test_carries_has_a_row() -> None:
    assert sorted(ids_in(TESTS) - rows().keys()) == []
