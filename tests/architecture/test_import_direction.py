"""Imports point one way: the contracts in pyproject.toml hold, and each of them can break."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sources import LAYER, REPOSITORY

# Judges the tree in the current folder, whichever tree the environment has installed.
LINT = """
import sys
sys.path[:] = [p for p in sys.path if p not in {installed!r}]
sys.path[:0] = [{root!r}, {layer!r}]
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True))
"""

PLANTED = {
    "keybound/domain/planted.py": "import keybound.ceremonies\nimport botocore\n",
    "keybound/ceremonies/planted.py": "import keybound.oauth\n",
    "keybound/oauth/planted.py": "import keybound.binding\nimport boto3\nimport webauthn\n",
    "keybound/binding/planted.py": "import aws_lambda_powertools\nimport keybound.edge\n",
    "keybound/storage/planted.py": "import keybound.signing\nimport tools.cli\n",
    "functions/token/planted.py": "import functions.authorize.handler\nimport infra.app\n",
    "infra/planted.py": "import keybound.domain\n",
    "examples/planted.py": "import keybound.domain\n",
    "tools/planted.py": "import aws_xray_sdk\n",
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    layer = root / LAYER.relative_to(REPOSITORY)
    script = LINT.format(
        installed=["", str(REPOSITORY), str(LAYER)], root=str(root), layer=str(layer)
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for folder in ("functions", "infra", "tools", "examples", "layers/keybound"):
        shutil.copytree(
            REPOSITORY / folder,
            tmp_path / folder,
            ignore=lambda _, names: {n for n in names if "." in n and not n.endswith(".py")},
        )
    return tmp_path


def test_every_import_points_the_way_the_contracts_say() -> None:
    verdict = lint(REPOSITORY)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "0 broken" in verdict.stdout


def test_each_contract_breaks_when_an_import_against_it_is_planted(copied_tree: Path) -> None:
    for name, source in PLANTED.items():
        folder = copied_tree / (LAYER.relative_to(REPOSITORY) if "keybound" in name else "")
        (folder / name).write_text(source)

    verdict = lint(copied_tree)

    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert "0 kept" in verdict.stdout, verdict.stdout
    found = set(re.findall(r"([\w.]+\.planted) -> ([\w.]+)", verdict.stdout))
    wanted = {
        (re.sub("/", ".", name.removesuffix(".py")), target)
        for name, source in PLANTED.items()
        for target in re.findall(r"import ([\w.]+)", source)
    }
    assert wanted <= found, wanted - found
