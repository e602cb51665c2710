"""docs/operations.md lists the permissions that each command needs: exactly those it uses."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from moto import mock_aws

from tests.support.deployed_state import DeployedState
from tests.support.sources import REPOSITORY
from tools.cli.admin_binding import Invocation
from tools.cli.doctor.aws import InAws
from tools.cli.doctor.findings import examine
from tools.cli.first_steps import (
    Administrator,
    run_admin_link,
    run_bootstrap,
    run_new_secret,
    run_tenant_create,
)
from tools.cli.target import Target

ADMIN = Administrator("admin", Invocation("https://console.example.com"))
_PARTS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
# AWS lets everybody ask who they are.
_FREE = {"sts:GetCallerIdentity"}

COMMANDS: dict[str, Callable[[Target], object]] = {
    "bootstrap": lambda target: run_bootstrap(target, "Main", None),
    "bootstrap, with an administrator": lambda target: run_bootstrap(target, "Main", ADMIN),
    "tenant create": lambda target: run_tenant_create(target, "Next", None),
    "tenant create, with an administrator": lambda target: run_tenant_create(target, "Next", ADMIN),
    "tenant new-secret": lambda target: run_new_secret(target, ""),
    "tenant admin-link": lambda target: run_admin_link(target, "", None),
    "doctor": lambda target: examine(InAws(target).checks()),
}
NEED_A_TENANT = tuple(name for name in COMMANDS if not name.startswith("bootstrap"))


def documented() -> dict[str, set[str]]:
    text = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]+) \| (`[a-z]+:[^|]+) \|$", text, re.MULTILINE)
    return {name.replace("`", ""): set(re.findall(r"`([a-z]+:\w+)`", cell)) for name, cell in rows}


def used_by(run: Callable[[Target], object], target: Target) -> set[str]:
    """Return the actions that IAM would judge; those of a transaction are its parts'."""
    used: set[str] = set()

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        service = model.service_model.signing_name
        if model.name == "TransactWriteItems":
            used.update(_PARTS[kind] for each in params["TransactItems"] for kind in each)
        else:
            used.add(f"{service}:{model.name}")

    for service in ("dynamodb", "kms", "sts"):
        client = target.client(service)
        client.meta.events.register("provide-client-params", note)
    run(target)
    return used - _FREE


@pytest.mark.parametrize("command", COMMANDS)
@mock_aws
def test_a_command_uses_exactly_the_permissions_that_are_documented(command: str) -> None:
    state = DeployedState()
    if command in NEED_A_TENANT:
        run_bootstrap(state.target(), "Main", ADMIN)
    assert used_by(COMMANDS[command], state.target()) == documented()[command]
