"""The layer of third-party wheels: pinned, for Lambda's processor, small, and still whole."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.components.layers import PLATFORM, PYTHON, find_package, find_wheels
from tests.support.sources import LAYER, REPOSITORY, python_modules
from tools.layers import build as layers
from tools.layers.bytecode import find_python
from tools.layers.native import machine, wrong_modules
from tools.layers.trim import SERVICES

UNCHECKED_HASH = 0b01  # PEP 552: a hash is there, and is not compared with the source


@pytest.fixture(scope="module")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer as it is deployed; the wheels come from the package index or uv's cache."""
    folder = tmp_path_factory.mktemp("build")
    layers.build(folder)
    return folder


@pytest.fixture(scope="module")
def site(build_folder: Path) -> Path:
    return build_folder / "layers" / "dependencies" / "python"


def test_requirements_are_what_the_lock_file_says() -> None:
    """After a change of uv.lock: `python -m tools.layers.build --export`."""
    assert layers.exported_requirements() == layers.REQUIREMENTS.read_text("utf-8")


def test_each_requirement_is_pinned_by_version_and_hash() -> None:
    text = layers.REQUIREMENTS.read_text("utf-8")
    pins = [line for line in text.splitlines() if line[:1].isalnum()]
    assert len(pins) > 10
    assert all("==" in pin for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)


def test_infra_expects_the_layer_that_is_built() -> None:
    assert (PLATFORM, PYTHON) == (layers.PLATFORM, layers.PYTHON)


def test_wheels_are_for_arm64_and_the_deployed_python(site: Path) -> None:
    compiled = list(site.rglob("*.so*"))
    assert {path.name.partition(".")[0] for path in compiled} >= {"_rust", "_pydantic_core"}
    assert list(wrong_modules(site, PLATFORM, PYTHON)) == []


def test_wheels_for_another_processor_or_python_are_found_out(site: Path) -> None:
    assert list(wrong_modules(site, "x86_64-manylinux_2_28", PYTHON))
    assert list(wrong_modules(site, PLATFORM, "3.12"))


def test_a_file_that_is_no_compiled_module_is_of_no_processor(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("#!/bin/sh\n")
    (tmp_path / "empty.so").touch()
    assert [machine(path) for path in tmp_path.iterdir()] == [-1, -1]


def test_the_layer_is_small(site: Path) -> None:
    assert layers.size_mib(site.parent) < layers.LARGEST_MIB


def test_botocore_keeps_the_services_that_our_code_calls_and_no_other(site: Path) -> None:
    kept = {path.name for path in (site / "botocore" / "data").iterdir() if path.is_dir()}
    assert kept == SERVICES
    called = {
        node.args[0].value
        for _, tree in python_modules("layers/keybound", "functions")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "client"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert "dynamodb" in called
    assert called <= SERVICES


def test_licences_and_versions_travel_along(site: Path) -> None:
    packages = sorted(site.glob("*.dist-info"))
    assert len(packages) > 10
    assert [p.name for p in packages if not (p / "METADATA").is_file()] == []
    assert list(site.glob("cryptography-*.dist-info/licenses/LICENSE*"))


def test_bytecode_is_shipped_and_never_checked_against_the_source(
    build_folder: Path, site: Path
) -> None:
    note = json.loads((build_folder / "layers" / "dependencies.json").read_text("utf-8"))
    assert note["bytecode"] is (find_python(PYTHON) is not None)
    if note["bytecode"]:
        assert_compiled(site)
    else:
        assert list(site.rglob("*.pyc")) == []


def assert_compiled(site: Path) -> None:
    compiled = list(site.rglob("*.pyc"))
    sources = {p for p in site.rglob("*.py")}
    assert {p.parent.parent / f"{p.name.partition('.')[0]}.py" for p in compiled} == sources
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {
        UNCHECKED_HASH
    }


def test_the_trimmed_wheels_carry_all_that_our_code_imports(own_wheels: Path) -> None:
    """Built for this machine, and nothing else on the path: a forgotten package would show."""
    modules = [
        path.relative_to(LAYER).with_suffix("").as_posix().replace("/", ".")
        for path, _ in python_modules("layers/keybound")
        if path.name != "__init__.py"
    ]
    program = "\n".join(
        [
            "import sys, importlib",
            f"sys.path += [{str(own_wheels / 'python')!r}, {str(LAYER)!r}]",
            f"for name in {modules!r}: importlib.import_module(name)",
            "import boto3, webauthn",
            f"for name in {sorted(SERVICES)!r}:",
            "    client = boto3.client(name, region_name='eu-central-1')",
            "    print(client.meta.endpoint_url)",
        ]
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, env={}
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [
        f"https://{name}.eu-central-1.amazonaws.com"
        for name in ("dynamodb", "kms", "lambda", "secretsmanager", "email")
    ]


def test_a_build_that_cannot_install_says_so_and_leaves_no_note(tmp_path: Path) -> None:
    """cbor2 has wheels for manylinux_2_28 only: the usual tag must not step back in silence."""
    with pytest.raises(layers.BuildError, match="cbor2"):
        layers.build(tmp_path, platform="aarch64-manylinux2014")
    assert not (tmp_path / "layers" / "dependencies.json").exists()


def test_built_wheels_are_deployed(build_folder: Path) -> None:
    wheels = find_wheels(REPOSITORY, build_folder)
    assert wheels.problem == ""
    assert wheels.folder == build_folder / "layers" / "dependencies"
    assert bool(wheels.warning) is (find_python(PYTHON) is None)


@pytest.fixture
def own_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys for the Python that runs the tests, so that there is one to compile with."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.setattr("infra.components.layers.PYTHON", version)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of our package's folder, at its place in a repository."""
    root = tmp_path / "repository"
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(layers.PACKAGE, root / "layers" / "keybound", ignore=leave_out)
    return root


def built_package(folder: Path) -> Path:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    built = layers.build_package(folder, python=version)
    assert built is not None
    return built


@pytest.mark.usefixtures("own_python")
def test_our_own_package_is_deployed_with_its_bytecode(repository: Path, tmp_path: Path) -> None:
    built = built_package(tmp_path)
    assert find_package(repository, tmp_path) == built
    assert_compiled(built / "python")
    compiled = {path.relative_to(built) for path in built.rglob("*.py")}
    sources = repository / "layers" / "keybound"
    assert compiled == {path.relative_to(sources) for path in sources.rglob("*.py")}


@pytest.mark.usefixtures("own_python")
@pytest.mark.parametrize("changed", ["sources", "built"])
def test_what_was_built_from_other_sources_is_never_deployed(
    repository: Path, tmp_path: Path, changed: str
) -> None:
    built = built_package(tmp_path)
    sources = repository / "layers" / "keybound"
    module = (sources if changed == "sources" else built) / "python/keybound/edge/room.py"
    module.write_text(module.read_text("utf-8") + "# changed\n", "utf-8")
    assert find_package(repository, tmp_path) == sources


def test_where_there_is_no_python_to_compile_with_the_sources_are_deployed(
    repository: Path, tmp_path: Path
) -> None:
    assert layers.build_package(tmp_path, python="3.99") is None
    assert find_package(repository, tmp_path) == repository / "layers" / "keybound"


@pytest.mark.usefixtures("own_python")
def test_a_package_compiled_for_another_python_is_not_deployed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_package(tmp_path)
    monkeypatch.setattr("infra.components.layers.PYTHON", "3.99")
    assert find_package(repository, tmp_path) == repository / "layers" / "keybound"


@pytest.fixture
def pretended(tmp_path: Path) -> Path:
    """A build folder whose note says that all is as it should be."""
    (tmp_path / "layers" / "dependencies" / "python").mkdir(parents=True)
    note(tmp_path).write_text(json.dumps(layers._note(PLATFORM, PYTHON, True)))
    return tmp_path


def note(folder: Path) -> Path:
    return folder / "layers" / "dependencies.json"


def test_a_build_that_broke_off_is_not_deployed(pretended: Path) -> None:
    assert find_wheels(REPOSITORY, pretended).problem == ""
    note(pretended).unlink()
    wheels = find_wheels(REPOSITORY, pretended)
    assert "not built" in wheels.problem
    assert wheels.folder == REPOSITORY / "layers" / "dependencies"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("requirements_sha256", "0" * 64),
        ("platform", "x86_64-manylinux_2_28"),
        ("python", "3.12"),
    ],
)
def test_a_build_of_something_else_is_not_deployed(
    pretended: Path, member: str, value: str
) -> None:
    changed = json.loads(note(pretended).read_text("utf-8")) | {member: value}
    note(pretended).write_text(json.dumps(changed))
    wheels = find_wheels(REPOSITORY, pretended)
    assert f"has another {member}" in wheels.problem
    assert wheels.folder == REPOSITORY / "layers" / "dependencies"


def test_a_build_without_bytecode_is_deployed_with_a_warning(pretended: Path) -> None:
    note(pretended).write_text(json.dumps(layers._note(PLATFORM, PYTHON, False)))
    wheels = find_wheels(REPOSITORY, pretended)
    assert wheels.problem == ""
    assert "cold starts" in wheels.warning
