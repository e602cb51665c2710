"""docs/webauthn.md names every step that can refuse, and only tests that exist."""

import ast
import re

from tests.support.sources import REPOSITORY

CEREMONIES = REPOSITORY / "layers" / "keybound" / "python" / "keybound" / "ceremonies"
PAGE = (REPOSITORY / "docs" / "webauthn.md").read_text("utf-8")
NAMED_STEPS = {"FORM", "CREDENTIAL_ID", "OBJECT_FORM", "STATEMENT"}


def steps_in_code() -> set[str]:
    """First arguments of CeremonyRefused and refused_as, and `step=` arguments."""
    steps: set[str] = set()
    for path in CEREMONIES.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                steps |= {str(node.value.value)} if names & NAMED_STEPS else set()
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                first = node.args[:1] if called in ("CeremonyRefused", "refused_as") else []
                named = [keyword.value for keyword in node.keywords if keyword.arg == "step"]
                steps |= {str(a.value) for a in [*first, *named] if isinstance(a, ast.Constant)}
    return steps


def test_every_step_that_can_refuse_is_in_the_table() -> None:
    steps = steps_in_code()
    assert {"origin", "sign_count", "user_handle", "cbor", "response_form"} <= steps
    assert {step for step in steps if f"`{step}`" not in PAGE} == set()


def test_both_tables_have_every_numbered_step() -> None:
    registration, authentication = PAGE.split("## Authentication (§7.2)")
    numbers = re.compile(r"^\| (\d+) \|", re.M)
    assert [int(n) for n in numbers.findall(registration)] == list(range(1, 29))
    assert [int(n) for n in numbers.findall(authentication)] == list(range(1, 26))


def test_the_page_names_only_tests_that_exist() -> None:
    named = set(re.findall(r"`((?:tests/[\w/]+/)?test_\w+\.py)`", PAGE))
    assert len(named) > 8
    folders = ("", "tests/protocol/")
    assert {n for n in named if not any((REPOSITORY / f / n).is_file() for f in folders)} == set()
