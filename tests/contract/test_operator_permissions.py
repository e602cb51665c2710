"""docs/operations.md lists the permissions that each command needs: exactly those it uses."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.clock import Clock, SystemClock
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.signing_keys import SigningKeys
from keybound.storage.table import Table
from moto import mock_aws

from tests.support.deployed_state import DeployedState
from tests.support.earlier_tenant import make_earlier
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
    run_update_scopes,
)
from tools.cli.sealing_rotation import SealingRotation
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
    "tenant update-scopes": lambda target: _update_scopes(target),
    "tenant admin-link": lambda target: run_admin_link(target, "", None),
    "keys list": lambda target: _list_keys(target),
    "keys rotate-sealing": lambda target: _sealing(target).rotate("page"),
    "keys retire-sealing": lambda target: _retire(target),
    "doctor": lambda target: examine(InAws(target).checks()),
}


def _sealing(target: Target, clock: Clock = SystemClock()) -> SealingRotation:  # noqa: B008
    stored = SealingKeys(Table(lambda: target.client("dynamodb"), target.directory_table))
    return SealingRotation(stored, lambda: target.client("kms"), target.names.sealing_alias, clock)


def _list_keys(target: Target) -> None:
    directory = Table(lambda: target.client("dynamodb"), target.directory_table)
    assert SigningKeys(directory).ring("RS256").current
    _sealing(target).status("page")


def _update_scopes(target: Target) -> None:
    """On a tenant that lacks some: else there is nothing to write."""
    quiet = replace(target, _clients={}).deployment()
    client = run_bootstrap(replace(target, _clients={}), "Main", None).client
    make_earlier(quiet.directory, client)
    assert run_update_scopes(target, client.tenant_id)


def _retire(target: Target) -> None:
    """Of three versions that lie years apart the first may go."""
    now, quiet = SystemClock()(), replace(target, _clients={})
    for years in (1, 2):
        at = now + years * 365 * 24 * 3600
        _sealing(quiet, lambda at=at: at).rotate("page")  # type: ignore[misc]
    assert "00000001" in _sealing(target, lambda: now + 10**9).retire("page")


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
