"""The two Lambda layers: our own package, and the built wheels.

Synthesis builds nothing. `make layers` builds the wheels from the lock file, and leaves a note
(`dependencies.json`) of what it built them from; without it, or with one that does not match
the pinned requirements, the template is made all the same and marked as not deployable. It also
compiles our package, with a note of the sources; where that does not match, the sources as they
lie in the repository are deployed, without bytecode.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aws_cdk import IgnoreMode, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.components.sources import digest_of_sources

PYTHON = "3.13"
PLATFORM = "aarch64-manylinux_2_28"


@dataclass(frozen=True)
class Wheels:
    """A folder for the layer of third-party wheels.

    problem: why it must not be deployed; empty when it may be. warning: what it lacks.
    """

    folder: Path
    problem: str = ""
    warning: str = ""


def find_wheels(root: Path, build: Path, platform: str = PLATFORM) -> Wheels:
    """Return the built wheels, or the pinned requirements alone with the reason for it."""
    sources = root / "layers" / "dependencies"
    built, note_file = build / "layers" / "dependencies", build / "layers" / "dependencies.json"
    if not (built / "python").is_dir() or not note_file.is_file():
        return Wheels(sources, problem="the layer of wheels is not built: run `make layers`")
    note = json.loads(note_file.read_text("utf-8"))
    pinned = sha256((sources / "requirements.txt").read_bytes()).hexdigest()
    wanted = {"requirements_sha256": pinned, "platform": platform, "python": PYTHON}
    different = [name for name, value in wanted.items() if note.get(name) != value]
    if different:
        return Wheels(
            sources,
            problem=f"the built layer of wheels has another {', '.join(different)}:"
            " run `make layers`",
        )
    if not note.get("bytecode"):
        return Wheels(
            built,
            warning=f"the layer of wheels has no bytecode, so cold starts take longer:"
            f" build it where there is a python{PYTHON}",
        )
    return Wheels(built)


def find_package(root: Path, build: Path) -> Path:
    """Return our package compiled, if that was made from today's sources, else the sources."""
    sources = root / "layers" / "keybound"
    built, note_file = build / "layers" / "keybound", build / "layers" / "keybound.json"
    if not note_file.is_file():
        return sources
    note = json.loads(note_file.read_text("utf-8"))
    wanted = {"sources_sha256": digest_of_sources(sources), "python": PYTHON}
    intact = digest_of_sources(built) == wanted["sources_sha256"]
    return built if note == wanted and intact else sources


def keybound_layer(scope: Construct, root: Path, package: Path) -> lambda_.LayerVersion:
    """Make the layer of our own package, which changes with every release."""
    compiled = package != root / "layers" / "keybound"
    return _layer(scope, "KeyboundLayer", "Keybound's own package", package, pyc=compiled)


def wheels_layer(scope: Construct, wheels: Wheels) -> lambda_.LayerVersion:
    """Make the layer of third-party wheels, which changes with the lock file."""
    return _layer(scope, "WheelsLayer", "Keybound: third-party wheels", wheels.folder, pyc=True)


def _layer(
    scope: Construct, name: str, description: str, folder: Path, *, pyc: bool = False
) -> lambda_.LayerVersion:
    """Old versions are kept: a function's earlier version goes on using them."""
    return lambda_.LayerVersion(
        scope,
        name,
        description=description,
        code=lambda_.Code.from_asset(
            str(folder),
            ignore_mode=IgnoreMode.GIT,
            exclude=[] if pyc else ["__pycache__", "*.pyc"],
        ),
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
        compatible_architectures=[lambda_.Architecture.ARM_64],
        removal_policy=RemovalPolicy.RETAIN,
    )
