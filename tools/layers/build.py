"""Builds the layers, without Docker: `make layers`.

Our own package is copied and compiled. For the layer of third-party wheels it installs
`layers/dependencies/requirements.txt`, which is exported from `uv.lock` and pins every wheel by its
hash, for Lambda's processor and Python. The platform is manylinux_2_28: under the more usual
manylinux2014 an installer steps back to older releases of some packages.

usage: python -m tools.layers.build [--export] [--platform P] [--python V] [--build FOLDER]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from infra.components.sources import digest_of_sources
from tools.layers.bytecode import compile_layer, find_python
from tools.layers.native import wrong_modules
from tools.layers.trim import trim

REPOSITORY = Path(__file__).resolve().parents[2]
REQUIREMENTS = REPOSITORY / "layers" / "dependencies" / "requirements.txt"
PACKAGE = REPOSITORY / "layers" / "keybound"
PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.13"
# Far below Lambda's limit of 250 MB for a function with its layers: what trimming must keep to.
LARGEST_MIB = 60


class BuildError(Exception):
    """The layer was not built; the message says why."""


def build(build_folder: Path, *, platform: str = PLATFORM, python: str = PYTHON) -> Path:
    """Build into `{build_folder}/layers/dependencies` and return it. Raises BuildError.

    The note beside it (`dependencies.json`) is written last: a build that broke off has none.
    """
    layer = build_folder / "layers" / "dependencies"
    note = layer.with_suffix(".json")
    note.unlink(missing_ok=True)
    shutil.rmtree(layer, ignore_errors=True)
    site = layer / "python"
    _install(site, platform, python)
    trim(site)
    wrong = list(wrong_modules(site, platform, python))
    if wrong:
        raise BuildError("\n".join(wrong))
    compiler = find_python(python)
    if compiler is not None:
        compile_layer(layer, compiler)
    if (size := size_mib(layer)) > LARGEST_MIB:
        raise BuildError(f"the layer has {size:.0f} MiB, more than {LARGEST_MIB}")
    note.write_text(json.dumps(_note(platform, python, compiler is not None), indent=1), "utf-8")
    return layer


def build_package(build_folder: Path, *, python: str = PYTHON) -> Path | None:
    """Compile our own package into `{build_folder}/layers/keybound` and return that.

    None where there is no such Python: then the sources alone are deployed. The note beside it says
    which sources these are, so that older ones are never taken for today's.
    """
    layer = build_folder / "layers" / "keybound"
    note = layer.with_suffix(".json")
    note.unlink(missing_ok=True)
    shutil.rmtree(layer, ignore_errors=True)
    compiler = find_python(python)
    if compiler is None:
        return None
    shutil.copytree(PACKAGE, layer, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    compile_layer(layer, compiler)
    known = {"sources_sha256": digest_of_sources(layer), "python": python}
    note.write_text(json.dumps(known, indent=1), "utf-8")
    return layer


def size_mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def exported_requirements() -> str:
    """Return what `uv.lock` says the rooms need, pinned and hashed. Raises BuildError."""
    return _uv(
        "export", "--frozen", "--no-default-groups", "--no-emit-project", "--no-header", "--quiet"
    )


def _note(platform: str, python: str, bytecode: bool) -> dict[str, object]:
    return {
        "requirements_sha256": sha256(REQUIREMENTS.read_bytes()).hexdigest(),
        "platform": platform,
        "python": python,
        "bytecode": bytecode,
    }


def _install(site: Path, platform: str, python: str) -> None:
    target = ["--target", str(site), "--python-platform", platform, "--python-version", python]
    pinned = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(REQUIREMENTS)]
    _uv("pip", "install", "--quiet", "--link-mode", "copy", *target, *pinned)


def _uv(*arguments: str) -> str:
    own = REPOSITORY / ".venv-tools" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        raise BuildError("uv is not there: run `make setup`")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    answer = subprocess.run(
        [uv, *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    if answer.returncode:
        raise BuildError(f"uv {arguments[0]}: {answer.stderr.strip()}")
    return answer.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.layers.build", description=__doc__)
    parser.add_argument("--export", action="store_true", help="write requirements.txt and stop")
    parser.add_argument("--platform", default=PLATFORM)
    parser.add_argument("--python", default=PYTHON)
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    given = parser.parse_args(arguments)
    try:
        if given.export:
            REQUIREMENTS.write_text(exported_requirements(), "utf-8")
            return 0
        layer = build(given.build, platform=given.platform, python=given.python)
        build_package(given.build, python=given.python)
    except BuildError as error:
        print(f"layers: {error}", file=sys.stderr)
        return 1
    bytecode = json.loads(layer.with_suffix(".json").read_text("utf-8"))["bytecode"]
    print(f"{layer}: {size_mib(layer):.0f} MiB for {given.platform}, Python {given.python}")
    if not bytecode:
        print(
            f"no python{given.python} here: no bytecode in either layer, so cold starts take longer"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
