"""`python -m infra.app`: the same templates everywhere, within CloudFormation's limits."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk
import pytest

from functions.manifest import ROOMS, Proof
from infra.app import REPOSITORY, Deployment
from tests.infra.templates import Templates, of_type
from tools.layers.bytecode import find_python

MOST_RESOURCES = 450
JSII_CACHE = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"


def synthesise(
    outdir: Path, python: Path = Path(sys.executable), **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the app as an operator does, in an environment that holds nothing of AWS.

    python: may be another version, which then borrows this one's libraries: those of the CDK app
    are Python alone.
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(outdir), "CDK_OUTDIR": str(outdir)}
    environment["JSII_NODE"] = os.environ["JSII_NODE"]
    # Unpacked once per machine; an empty home folder would have it unpacked again.
    environment["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(JSII_CACHE)
    if python != Path(sys.executable):
        libraries = Path(aws_cdk.__file__).parents[1]
        environment["PYTHONPATH"] = os.pathsep.join(map(str, (REPOSITORY, libraries)))
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run(
        [str(python), "-m", "infra.app"],
        cwd=REPOSITORY,
        env=environment | more,
        capture_output=True,
        text=True,
    )


def another_python() -> Path:
    """Lambda's own version, else any other that is here, else the one that runs this."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    others = (version for version in ("3.13", "3.14", "3.12", "3.11") if version != ours)
    found = (find_python(version) for version in others)
    return next((python for python in found if python), Path(sys.executable))


def test_templates_are_the_same_without_an_aws_environment_and_on_another_python(
    templates: Templates, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Assets are named by a digest of their content, so equal templates mean equal code."""
    assert os.environ["AWS_REGION"] and os.environ["AWS_ACCESS_KEY_ID"]
    python = another_python()
    record_property("synthesised by", str(python))
    run = synthesise(tmp_path, python)
    assert run.returncode == 0, f"{python}: {run.stderr}"
    bare = Templates(tmp_path)
    assert bare.state == templates.state
    assert bare.app == templates.app


def test_nothing_in_the_app_asks_which_python_runs_it() -> None:
    """Holds where no other version is installed to compare with."""
    asked = []
    for path in [*(REPOSITORY / "infra").rglob("*.py"), REPOSITORY / "functions" / "manifest.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id="sys"), attr=attribute):
                    asked += [(path.name, attribute)]
                case ast.Import(names=names):
                    known = {"platform", "sysconfig", "importlib"}
                    asked += [(path.name, each.name) for each in names if each.name in known]
    assert set(asked) <= {("app.py", "stderr"), ("app.py", "exit")}


@pytest.mark.parametrize("digest", ["hash", "id"])
def test_nothing_in_the_app_names_things_by_what_changes_from_run_to_run(digest: str) -> None:
    """hash() of text differs by process, id() by object."""
    for path in (REPOSITORY / "infra").rglob("*.py"):
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == digest], path


def test_settings_of_the_command_line_win_over_the_file(tmp_path: Path) -> None:
    wrong = json.dumps({"keybound:stage": "PROD"})
    run = synthesise(tmp_path, CDK_CONTEXT_JSON=wrong)
    assert run.returncode == 2
    assert "keybound:stage: expected 2 to 16 of a-z" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.glob("*.template.json"))


@pytest.mark.parametrize("part", ["state", "app", "watch", "edge"])
def test_a_stack_stays_well_below_the_limit_of_500_resources(whole: Templates, part: str) -> None:
    resources = getattr(whole, part)["Resources"]
    assert 0 < len(resources) < MOST_RESOURCES


def test_templates_name_no_account_and_no_region(templates: Templates) -> None:
    for template in (templates.state, templates.app):
        text = json.dumps(template)
        assert "us-east-1" not in text
        assert "testing" not in text
        assert str(REPOSITORY) not in text


def test_the_app_is_deployed_after_the_state(templates: Templates) -> None:
    artifacts = json.loads((templates.folder / "manifest.json").read_text("utf-8"))["artifacts"]
    assert "keybound-prod-state" in artifacts["keybound-prod-app"]["dependencies"]
    assert "keybound-prod-app" not in artifacts["keybound-prod-state"]["dependencies"]


def references(value: Any) -> set[str]:
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), _]}:
            return {name}
        case Mapping():
            return set().union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
    return set()


def test_no_resource_depends_on_itself_by_way_of_others(whole: Templates) -> None:
    """Functions know their APIs' ids, and APIs route to functions: that must not be a circle."""
    for template in (whole.state, whole.app, whole.watch, whole.edge):
        resources = template["Resources"]
        needs = {
            name: (references(r.get("Properties", {})) | {*r.get("DependsOn", [])}) & {*resources}
            for name, r in resources.items()
        }
        while ready := {name for name, needed in needs.items() if not needed}:
            needs = {n: needed - ready for n, needed in needs.items() if n not in ready}
        assert needs == {}


def report(templates: Templates) -> dict[str, Any]:
    text = (templates.folder / "validation-report.json").read_text("utf-8")
    (found,) = (
        each for each in json.loads(text)["pluginReports"] if each["pluginName"] == "AwsSolutions"
    )
    assert isinstance(found, dict)
    return found


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(
    templates: Templates, whole: Templates
) -> None:
    for found in (report(templates), report(whole)):
        assert found["conclusion"] == "success"
        assert found["violations"] == []


def test_what_is_acknowledged_is_open_routes_and_the_runtime_and_each_says_why(
    templates: Templates,
) -> None:
    acknowledged = report(templates)["suppressedViolations"]
    assert {each["ruleName"] for each in acknowledged} == {
        "AwsSolutions-APIG4",
        "AwsSolutions-L1",
    }
    text = json.dumps(acknowledged)
    without_routes = {Proof.SCHEDULE, Proof.MAIL_EVENT, Proof.ROOM}
    for proof in {room.proof for room in ROOMS} - without_routes:
        assert f"asks for its caller's proof itself ({proof.value})" in text


def test_what_is_optional_has_acknowledgements_of_its_own_and_each_says_why(
    whole: Templates,
) -> None:
    acknowledged = report(whole)["suppressedViolations"]
    assert {each["ruleName"].removeprefix("AwsSolutions-") for each in acknowledged} == {
        *("APIG4", "L1"),
        *("CFR1", "CFR3", "S1", "SMG4"),
    }
    text = json.dumps(acknowledged)
    assert "always holds query strings" in text
    assert "replaced by a deployment" in text


def test_without_the_built_wheels_the_app_is_marked_as_not_deployable(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    deployment, other = other_deployment
    assert "the layer of wheels is not built: run `make layers`" in deployment.serving.problems
    metadata = json.loads((other.folder / "keybound-trial-app.metadata.json").read_text("utf-8"))
    errors = [
        entry["data"]
        for entry in metadata["/keybound-trial-app"]
        if entry["type"] == "aws:cdk:error"  # on which the CDK's command line stops
    ]
    assert any("run `make layers`" in error for error in errors)
    layers = of_type(other.app, "Lambda::LayerVersion").values()
    (wheels,) = (
        layer["Properties"]
        for layer in layers
        if layer["Properties"]["Description"] == "Keybound: third-party wheels"
    )
    folder = other.folder / f"asset.{wheels['Content']['S3Key'].removesuffix('.zip')}"
    assert {path.name for path in folder.iterdir()} == {"README.md", "requirements.txt"}


def test_every_room_of_the_manifest_has_its_handler() -> None:
    missing = [
        room.name
        for room in ROOMS
        if not (REPOSITORY / "functions" / room.name / "handler.py").is_file()
    ]
    assert missing == []
