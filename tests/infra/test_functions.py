"""One function for each room: its code, its environment, its logs, and what invokes it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from keybound.domain import one_time_password
from keybound.domain.token_limits import TokenLimits
from keybound.edge.settings import from_environment

from functions.manifest import ROOMS, Room
from infra.app import REPOSITORY, Deployment
from tests.infra.templates import Templates, of_type, properties
from tests.support.sources import LAYER


def function_of(templates: Templates, room: Room) -> dict[str, Any]:
    (found,) = (
        function
        for function in properties(templates.app, "Lambda::Function")
        if function["FunctionName"] == f"keybound-prod-{room.name}"
    )
    return found


DEPLOYED = [room for room in ROOMS if room.signing_mode in ("", "kms")]
each_room = pytest.mark.parametrize("room", DEPLOYED, ids=lambda room: room.name)


def test_what_is_called_without_waiting_is_repeated_while_its_code_lives(
    templates: Templates,
) -> None:
    called = {of.invokes for of in templates.rooms} - {""}
    assert called == {"otp_mail"}
    (config,) = properties(templates.app, "Lambda::EventInvokeConfig")
    assert config["MaximumEventAgeInSeconds"] == one_time_password.LIFETIME_S
    assert config["MaximumRetryAttempts"] == 2
    assert "OtpMailLive" in str(config["Qualifier"])  # the alias, read off its ARN
    assert "DestinationConfig" not in config


def test_there_is_exactly_one_function_for_each_room(templates: Templates) -> None:
    names = [function["FunctionName"] for function in properties(templates.app, "Lambda::Function")]
    assert sorted(names) == sorted(f"keybound-prod-{room.name}" for room in DEPLOYED)


@each_room
def test_a_function_runs_as_the_manifest_says(templates: Templates, room: Room) -> None:
    function = function_of(templates, room)
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == f"functions.{room.name}.handler.lambda_handler"
    assert function["MemorySize"] == room.memory_mb
    assert function["Timeout"] == room.timeout_s
    assert len(function["Layers"]) == 2
    assert "TracingConfig" not in function


def code(templates: Templates, resource: dict[str, Any]) -> Path:
    return templates.folder / f"asset.{resource['S3Key'].removesuffix('.zip')}"


@each_room
def test_a_function_carries_its_own_room_and_no_other(templates: Templates, room: Room) -> None:
    carried = {
        path.relative_to(code(templates, function_of(templates, room)["Code"])).as_posix()
        for path in code(templates, function_of(templates, room)["Code"]).rglob("*")
        if path.is_file()
    }
    own = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "functions" / room.name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert f"functions/{room.name}/handler.py" in own
    shared = {f"functions/{path.name}" for path in (REPOSITORY / "functions").glob("*.py")}
    assert carried == own | shared, "also what a room imports in its first request only"


def test_a_room_imports_with_its_own_asset_and_the_layers_alone(
    templates: Templates, own_wheels: Path
) -> None:
    """As on Lambda: neither the repository nor another room is on the path."""
    assets = {
        room.handler.rpartition(".")[0]: str(code(templates, function_of(templates, room)["Code"]))
        for room in DEPLOYED
    }
    layer_paths = [str(own_wheels / "python"), str(LAYER)]
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORTS_EACH, json.dumps([layer_paths, assets])],
        capture_output=True,
        text=True,
        env={},
    )
    assert run.stderr == ""
    assert sorted(run.stdout.split()) == sorted(assets)


# Each room in a process of its own, so that none profits from what another imported.
IMPORTS_EACH = """
import importlib, json, os, sys
layers, assets = json.loads(sys.argv[1])
for module, asset in assets.items():
    child = os.fork()
    if child == 0:
        sys.path[:0] = [asset, *layers]
        assert callable(importlib.import_module(module).lambda_handler)
        print(module, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_without_a_build_our_layer_is_the_package_and_nothing_else(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    layers = properties(other.app, "Lambda::LayerVersion")
    (ours,) = (layer for layer in layers if layer["Description"] == "Keybound's own package")
    folder = code(other, ours["Content"])
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert Path("python/keybound/edge/room.py") in files
    assert {path.parts[:2] for path in files} == {("python", "keybound")}
    assert {path.suffix for path in files} <= {".py", ".typed", ""}


def test_layers_say_what_they_are_for(templates: Templates) -> None:
    for layer in properties(templates.app, "Lambda::LayerVersion"):
        assert layer["CompatibleRuntimes"] == ["python3.13"]
        assert layer["CompatibleArchitectures"] == ["arm64"]
    for resource in of_type(templates.app, "Lambda::LayerVersion").values():
        assert resource["DeletionPolicy"] == "Retain"


@each_room
def test_the_environment_is_what_the_rooms_settings_read(templates: Templates, room: Room) -> None:
    environment = templates.resolve(function_of(templates, room)["Environment"]["Variables"])
    settings = from_environment(environment)
    assert settings.directory_table == "keybound-prod-directory"
    assert settings.grants_table == "keybound-prod-grants"
    assert settings.auth_base_url.endswith(".execute-api.eu-central-1.amazonaws.com")
    assert settings.api_base_url != settings.auth_base_url
    assert settings.cache_ttl_s == 30
    assert settings.token_limits == TokenLimits()
    assert bool(settings.sealing_key_id) == bool(room.unwraps or room.signs)
    assert settings.signing_mode == "kms"


@each_room
def test_the_environment_holds_no_secret(templates: Templates, room: Room) -> None:
    environment = function_of(templates, room)["Environment"]["Variables"]
    assert set(environment) <= {
        "KEYBOUND_API_BASE_URL",
        "KEYBOUND_AUTH_BASE_URL",
        "KEYBOUND_CACHE_TTL_S",
        "KEYBOUND_DIRECTORY_TABLE",
        "KEYBOUND_GRANTS_TABLE",
        "KEYBOUND_LONGEST_ACCESS_TOKEN_S",
        "KEYBOUND_LONGEST_REFRESH_TOKEN_S",
        "KEYBOUND_OTP_MAIL_FUNCTION",
        "KEYBOUND_SEALING_KEY_ID",
        "KEYBOUND_SIGNING_MODE",
    }
    assert not re.search(r"secretsmanager|resolve:|ssm-secure|password", json.dumps(environment))


@each_room
def test_logs_are_structured_and_kept_as_long_as_the_settings_say(
    templates: Templates, room: Room
) -> None:
    logging = function_of(templates, room)["LoggingConfig"]
    assert logging["LogFormat"] == "JSON"
    assert logging["SystemLogLevel"] == "WARN"
    group = templates.app["Resources"][logging["LogGroup"]["Ref"]]["Properties"]
    assert group["LogGroupName"] == f"/aws/lambda/keybound-prod-{room.name}"
    assert group["RetentionInDays"] == 90


@each_room
def test_callers_reach_a_published_version_by_the_alias_live(
    templates: Templates, room: Room
) -> None:
    resources = templates.app["Resources"]
    (alias,) = (
        alias
        for alias in properties(templates.app, "Lambda::Alias")
        if resources[alias["FunctionName"]["Ref"]]["Properties"]["FunctionName"]
        == f"keybound-prod-{room.name}"
    )
    assert alias["Name"] == "live"
    version = resources[alias["FunctionVersion"]["Fn::GetAtt"][0]]
    assert version["Type"] == "AWS::Lambda::Version"
    assert version["Properties"]["FunctionName"] == alias["FunctionName"]


def test_scheduled_rooms_run_when_the_manifest_says_and_by_the_schedules_own_role(
    templates: Templates,
) -> None:
    schedules = {each["Name"]: each for each in properties(templates.app, "Scheduler::Schedule")}
    scheduled = [room for room in DEPLOYED if room.schedule_minutes]
    assert set(schedules) == {f"keybound-prod-{room.name}" for room in scheduled}
    for room in scheduled:
        schedule = schedules[f"keybound-prod-{room.name}"]
        assert schedule["ScheduleExpression"] == f"rate({room.schedule_minutes} minutes)"
        alias = schedule["Target"]["Arn"]["Ref"]
        assert templates.app["Resources"][alias]["Type"] == "AWS::Lambda::Alias"
        role = templates.app["Resources"][schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]]
        (policy,) = role["Properties"]["Policies"]
        assert policy["PolicyDocument"]["Statement"] == [
            {
                "Action": "lambda:InvokeFunction",
                "Effect": "Allow",
                "Resource": {"Ref": alias},
            }
        ]
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
        assert trust["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }


def test_with_key_pairs_rooms_are_told_so_and_the_rotation_runs(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    functions = {each["FunctionName"]: each for each in properties(other.app, "Lambda::Function")}
    assert set(functions) == {f"keybound-trial-{room.name}" for room in other.rooms}
    for name in ("token", "rotate_signing_key"):
        environment = functions[f"keybound-trial-{name}"]["Environment"]["Variables"]
        settings = from_environment(other.resolve(environment))
        assert settings.signing_mode == "kms-data-key-pair"
        assert settings.sealing_key_id
    schedules = {each["Name"] for each in properties(other.app, "Scheduler::Schedule")}
    assert "keybound-trial-rotate_signing_key" in schedules


def test_functions_start_from_snapshots_where_that_is_set_and_nowhere_else(
    templates: Templates, whole: Templates
) -> None:
    """Snapshots are of published versions, which is what the alias calls."""
    assert "SnapStart" not in json.dumps(templates.app)
    for function in properties(whole.app, "Lambda::Function"):
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
