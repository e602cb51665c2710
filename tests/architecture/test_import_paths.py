"""What the import path gives: our folders from the repository's root, and nobody's else."""

import importlib
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.sources import LAYER, REPOSITORY


@pytest.mark.parametrize("package", ["functions", "infra", "tools", "examples", "tests"])
def test_a_folder_of_the_root_is_not_hidden_by_an_installed_package(package: str) -> None:
    found = [Path(entry).resolve() for entry in importlib.import_module(package).__path__]
    assert set(found) == {REPOSITORY / package}


def test_keybound_is_imported_from_the_layer() -> None:
    assert [Path(p) for p in importlib.import_module("keybound").__path__] == [LAYER / "keybound"]


def test_the_room_named_token_does_not_hide_the_standard_library() -> None:
    assert str(REPOSITORY / "functions") not in sys.path
    command = [sys.executable, "-c", "import token; print(token.__file__)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert Path(answer.stdout.strip()).parent == Path(sysconfig.get_path("stdlib"))
