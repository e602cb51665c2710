"""Tenants of an earlier release get the management scopes that came since, from an operator."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from keybound.domain.errors import Unavailable
from keybound.domain.ids import ApplicationId
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.domain.secrets import system_randomness
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.applications import Applications
from moto import mock_aws

from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.deployed_state import DeployedState
from tests.support.earlier_tenant import EARLIER, LATER, make_earlier, scopes_of
from tools.cli.doctor.aws import InAws
from tools.cli.doctor.findings import Finding, Status, examine
from tools.cli.first_steps import run_tenant_create, run_update_scopes
from tools.cli.main import main
from tools.cli.management_client import ManagementClient
from tools.cli.management_scopes import NewScopes
from tools.cli.tenants import create_first_tenant

COMPLETE = (MANAGEMENT_SCOPES, MANAGEMENT_SCOPES)
AT_ONCE = 8


@pytest.fixture(params=["moto", "ministack"])
def state(request: pytest.FixtureRequest) -> Iterator[DeployedState]:
    if request.param == "moto":
        with mock_aws():
            yield DeployedState(signing=False)
    else:
        yield DeployedState(request.getfixturevalue("ministack_url"), signing=False)


@pytest.fixture
def earlier(state: DeployedState) -> ManagementClient:
    client = create_first_tenant(state.target().deployment(), "Main")
    make_earlier(state.directory, client)
    return client


def update(state: DeployedState, tenant_id: str, *more: str) -> Result:
    command = ["tenant", "update-scopes", tenant_id, *more, *state.arguments]
    return CliRunner().invoke(main, command)


def check(state: DeployedState) -> Finding:
    (only,) = (each for each in InAws(state.target()).checks() if each.name == "management scopes")
    (found,) = examine([only])
    return found


def test_an_earlier_tenant_gets_what_it_lacks_once(
    state: DeployedState, earlier: ManagementClient
) -> None:
    first = update(state, earlier.tenant_id, "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.output) == {
        "changed": True,
        "tenant_id": earlier.tenant_id,
        "added": {"resource_server": list(LATER), "application": list(LATER)},
    }
    assert scopes_of(state.directory, earlier) == COMPLETE

    before = state.items()
    again = update(state, earlier.tenant_id)
    assert again.exit_code == 0, again.output
    assert again.output.count("lacks none") == 2
    assert state.items() == before


def test_people_are_told_what_was_added_and_that_old_tokens_lack_it(
    state: DeployedState, earlier: ManagementClient
) -> None:
    said = update(state, earlier.tenant_id).output

    assert said.count("added: authenticators:add, tokens:introspect") == 2
    assert "Tokens made before lack them" in said


def test_nobody_else_gets_or_loses_anything(
    state: DeployedState, earlier: ManagementClient
) -> None:
    where = RealmPath(earlier.tenant_id, earlier.admin_realm_id)
    applications = Applications(state.directory, system_randomness)
    managed = applications.find(where, earlier.application_id)
    assert managed
    console = replace(
        managed.entity, id=ApplicationId("c" * 36), client_id="console", is_managed=False
    )
    assert applications.create(console)
    other = run_tenant_create(state.target(), "Other", None).client
    make_earlier(state.directory, other)

    assert run_update_scopes(state.target(), earlier.tenant_id)

    after = {each.id: each for each in applications.all(where)}
    assert after[console.id] == console
    assert scopes_of(state.directory, other) == (EARLIER, EARLIER)
    now = after[managed.entity.id]
    assert now == replace(
        managed.entity, allowed_scopes=MANAGEMENT_SCOPES, update_time=now.update_time
    )


def test_what_only_a_newer_release_knows_stays(
    state: DeployedState, earlier: ManagementClient
) -> None:
    newer = [*EARLIER, "moons:read"]
    where = (earlier.tenant_id, earlier.admin_realm_id)
    for key, attribute in (
        (keys.resource_server(*where, earlier.resource_server_id), "scopes"),
        (keys.application(*where, earlier.application_id), "allowed_scopes"),
    ):
        state.directory.update(key, f"SET {attribute} = :new", values={":new": newer})

    assert run_update_scopes(state.target(), earlier.tenant_id).application == LATER

    assert scopes_of(state.directory, earlier) == ((*MANAGEMENT_SCOPES, "moons:read"),) * 2


def test_of_runs_at_once_one_adds_each_part_and_all_succeed(
    state: DeployedState, earlier: ManagementClient
) -> None:
    got = at_once(AT_ONCE, lambda _: run_update_scopes(state.target(), earlier.tenant_id))

    runs = [each for each in got if isinstance(each, NewScopes)]
    assert len(runs) == AT_ONCE, got
    assert [each.application for each in runs if each.application] == [LATER]
    assert [each.resource_server for each in runs if each.resource_server] == [LATER]
    assert scopes_of(state.directory, earlier) == COMPLETE


def test_a_run_that_broke_off_in_between_is_finished_by_the_next(
    state: DeployedState, earlier: ManagementClient
) -> None:
    """The client may meanwhile do what it could before: it lacks nothing that is offered."""
    with count_aws_calls() as calls:
        run_update_scopes(state.target(), earlier.tenant_id)
    second = [n for n, call in enumerate(calls, 1) if call.operation == "UpdateItem"][1]
    make_earlier(state.directory, earlier)

    with fail_aws_call(second, "before", times=99) as failed, pytest.raises(Unavailable):
        run_update_scopes(state.target(), earlier.tenant_id)
    assert failed
    assert scopes_of(state.directory, earlier) == (EARLIER, MANAGEMENT_SCOPES)

    assert run_update_scopes(state.target(), earlier.tenant_id).resource_server == LATER
    assert scopes_of(state.directory, earlier) == COMPLETE


def test_an_answer_that_was_lost_is_no_failure(
    state: DeployedState, earlier: ManagementClient
) -> None:
    with fail_aws_call("UpdateItem", "after") as failed:
        try:
            run_update_scopes(state.target(), earlier.tenant_id)
        except Unavailable:
            run_update_scopes(state.target(), earlier.tenant_id)

    assert failed
    assert scopes_of(state.directory, earlier) == COMPLETE


def test_an_unknown_tenant_changes_nothing(state: DeployedState, earlier: ManagementClient) -> None:
    before = state.items()

    assert update(state, "f" * 16).exit_code == 1
    assert state.items() == before


def test_no_table_is_scanned(state: DeployedState, earlier: ManagementClient) -> None:
    with count_aws_calls() as calls:
        run_update_scopes(state.target(), earlier.tenant_id)

    used = {call.operation for call in calls}
    assert used == {"GetItem", "Query", "UpdateItem"}
    writes = [call for call in calls if call.operation == "UpdateItem"]
    assert all(call.params["ConsistentRead"] for call in calls if call not in writes)
    assert len(writes) == 2
    assert all("revision" in call.params["ConditionExpression"] for call in writes)


def test_the_doctor_names_the_scopes_and_the_command(
    state: DeployedState, earlier: ManagementClient
) -> None:
    found = check(state)
    assert found.status is Status.FAILED
    assert found.found == "the first tenant lacks authenticators:add, tokens:introspect"
    assert f"keybound tenant update-scopes {earlier.tenant_id}" in found.advice

    run_update_scopes(state.target(), earlier.tenant_id)
    assert check(state).status is Status.OK


def test_the_doctor_looks_at_no_scopes_before_there_is_a_tenant(state: DeployedState) -> None:
    assert check(state).status is Status.NOT_CHECKED
