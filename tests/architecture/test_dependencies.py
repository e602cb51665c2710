"""Every dependency is pinned, and the lock files say the same as the files they come from."""

import json
import re
import tomllib
from collections.abc import Iterator

from tests.support.sources import REPOSITORY

PIN = re.compile(r"([a-z0-9-]+)(\[[a-z,]+\])?==([0-9a-z.]+)")


def requirements() -> Iterator[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    yield from project["project"]["dependencies"]
    for group in project["dependency-groups"].values():
        yield from (entry for entry in group if isinstance(entry, str))


def test_every_python_dependency_is_pinned_to_the_version_in_the_lock() -> None:
    lock = tomllib.loads((REPOSITORY / "uv.lock").read_text("utf-8"))
    locked = {package["name"]: package["version"] for package in lock["package"]}
    listed = list(requirements())
    assert len(listed) > 10
    for requirement in listed:
        pin = PIN.fullmatch(requirement)
        assert pin is not None, f"{requirement} is not pinned"
        assert locked.get(pin[1]) == pin[3], f"{requirement}: run uv lock"


def test_every_node_dependency_is_pinned_and_the_lock_names_no_host() -> None:
    wanted = json.loads((REPOSITORY / "package.json").read_text("utf-8"))["devDependencies"]
    packages = json.loads((REPOSITORY / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages[""]["devDependencies"] == wanted
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
