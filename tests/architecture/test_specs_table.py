"""docs/specs.md names tests that exist."""

import re

from tests.support.sources import REPOSITORY

TEXT = (REPOSITORY / "docs" / "specs.md").read_text("utf-8")
NAMED = re.compile(r"`((?:protocol|functions|contract|unit)/[a-z0-9_/]+\.py)`")


def test_every_test_that_the_table_names_exists() -> None:
    named = set(NAMED.findall(TEXT))
    assert len(named) > 25
    assert [name for name in sorted(named) if not (REPOSITORY / "tests" / name).is_file()] == []


def test_every_protocol_test_is_named() -> None:
    files = {path.name for path in (REPOSITORY / "tests" / "protocol").glob("test_*.py")}
    own_page = {"test_webauthn_mutations.py", "test_webauthn_damaged_input.py"}
    own_page |= {"test_webauthn_signature.py"}
    assert sorted(f for f in files - own_page if f not in TEXT) == []
