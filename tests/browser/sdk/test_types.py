"""The SDK's JSDoc types hold: the TypeScript compiler says so, and would say otherwise."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.node import node_binary
from tests.support.sources import REPOSITORY

SDK = REPOSITORY / "web" / "sdk"


def tsc(project: Path) -> subprocess.CompletedProcess[str]:
    node = node_binary()
    compiler = REPOSITORY / "node_modules" / "typescript" / "bin" / "tsc"
    if node is None or not compiler.is_file():
        pytest.fail("no TypeScript: run `make setup`", pytrace=False)
    return subprocess.run(
        [node, str(compiler), "--project", str(project)], capture_output=True, text=True
    )


def test_the_sdk_passes_the_strict_type_checker() -> None:
    checked = tsc(SDK / "tsconfig.json")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_wrong_type_in_a_comment_would_be_found(tmp_path: Path) -> None:
    copy = tmp_path / "web" / "sdk"
    shutil.copytree(SDK, copy)
    shutil.copy(REPOSITORY / "tsconfig.json", tmp_path)
    front = copy / "embedded.js"
    broken = front.read_text().replace(
        "@returns {Promise<Passkey[]>}", "@returns {Promise<string>}"
    )
    front.write_text(broken)
    checked = tsc(copy / "tsconfig.json")
    assert checked.returncode != 0
    assert "embedded.js" in checked.stdout


def test_the_sdk_imports_nothing_but_its_own_modules() -> None:
    imported = {
        line.split(" from ")[1].strip(' ";')
        for module in SDK.glob("*.js")
        for line in module.read_text().splitlines()
        if " from " in line and line.startswith(("import", "export", "}"))
    }
    assert imported
    assert {name for name in imported if not (SDK / name).is_file()} == set()


def test_the_sdk_has_no_html_sink_and_goes_nowhere_by_itself() -> None:
    """T13: names and addresses of others are data. `follow` goes, where its caller says."""
    forbidden = (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
        "location.assign", "location.replace", "location.href =", "window.open",
        "signalUnknownCredential", "include",
    )  # fmt: skip
    found = [
        (module.name, word)
        for module in SDK.glob("*.js")
        for word in forbidden
        if word in module.read_text().replace(".includes(", "")
    ]
    assert found == [("form_post.js", "location.assign")]
