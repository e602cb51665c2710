"""What a room loads before its first request. The hot rooms check their forms by hand."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.sources import REPOSITORY

HOT_ROOMS = ("functions.authorize.handler", "functions.token.handler")
TOO_HEAVY = ("pydantic", "webauthn", "aws_lambda_powertools.event_handler", "aws_xray_sdk")


def modules_loaded_by(module: str) -> list[str]:
    """Names in sys.modules after importing the module in a fresh interpreter."""
    script = f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"
    fresh = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert fresh.returncode == 0, f"{module} cannot be imported:\n{fresh.stderr}"
    loaded: list[str] = json.loads(fresh.stdout.splitlines()[-1])
    return loaded


def heavy(loaded: list[str]) -> list[str]:
    return [name for name in loaded if any(f"{name}.".startswith(f"{h}.") for h in TOO_HEAVY)]


@pytest.mark.parametrize("room", HOT_ROOMS)
def test_a_hot_room_loads_no_validation_resolver_or_webauthn(room: str) -> None:
    loaded = modules_loaded_by(room)
    assert room in loaded
    assert heavy(loaded) == []


def test_the_measurement_sees_what_a_module_loads() -> None:
    assert "webauthn" in heavy(modules_loaded_by("webauthn"))
