"""The doctor's look into AWS: all in order after bootstrap, and each thing that can be amiss."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from keybound.storage.sealing_keys import SealingKeys
from moto import mock_aws

from functions import manifest
from tests.support.deployed_state import API_BASE_URL, AUTH_BASE_URL, DeployedState
from tools.cli.doctor.aws import InAws
from tools.cli.doctor.findings import Finding, Status, examine
from tools.cli.first_steps import run_bootstrap


@pytest.fixture(params=["moto", "ministack"])
def state(request: pytest.FixtureRequest) -> Iterator[DeployedState]:
    if request.param == "moto":
        with mock_aws():
            yield DeployedState()
    else:
        yield DeployedState(request.getfixturevalue("ministack_url"))


@pytest.fixture
def bootstrapped(state: DeployedState) -> DeployedState:
    run_bootstrap(state.target(), "Main", None)
    return state


def look(state: DeployedState, **given: Any) -> dict[str, Finding]:
    return {each.check: each for each in examine(InAws(state.target(**given)).checks())}


def failures(found: dict[str, Finding]) -> set[str]:
    return {name for name, each in found.items() if each.status is Status.FAILED}


def test_a_bootstrapped_deployment_is_in_order(bootstrapped: DeployedState) -> None:
    found = look(bootstrapped)

    assert failures(found) == set(), found
    left_out = [name for name, each in found.items() if each.status is Status.NOT_CHECKED]
    assert left_out == ["mail sender"]
    assert found["signing keys"].found == "2 published, ES256, RS256 sign"


def test_a_deployment_that_was_not_bootstrapped_is_told_to(state: DeployedState) -> None:
    found = look(state)

    assert failures(found) == {"sealing keys unwrap", "signing keys", "first tenant"}
    for name in failures(found):
        assert found[name].advice == "run keybound bootstrap"


def test_another_stage_has_no_tables_here(bootstrapped: DeployedState) -> None:
    bootstrapped.stage = "elsewhere"

    found = look(bootstrapped)

    assert found["table directory"].found == "there is no table keybound-elsewhere-directory"
    assert "--stage" in found["table directory"].advice
    assert "no KMS key alias/keybound-elsewhere-sealing" in found["KMS key for sealing"].found
    assert found["AWS credentials"].status is Status.OK


def test_backups_that_are_off_are_noticed(bootstrapped: DeployedState) -> None:
    bootstrapped.dynamodb.update_continuous_backups(
        TableName=bootstrapped.directory.name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )

    found = look(bootstrapped)

    assert failures(found) == {"backups of directory"}
    assert "point-in-time recovery is off" in found["backups of directory"].found


def test_expiry_that_is_off_is_noticed(bootstrapped: DeployedState) -> None:
    bootstrapped.dynamodb.update_time_to_live(
        TableName=bootstrapped.names.table(manifest.Table.GRANTS),
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "ttl"},
    )

    assert failures(look(bootstrapped)) == {"expiry of grants"}


def test_a_missing_index_is_noticed(bootstrapped: DeployedState) -> None:
    bootstrapped.dynamodb.update_table(
        TableName=bootstrapped.directory.name,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_end"}}],
    )

    found = look(bootstrapped)

    assert failures(found) == {"table directory"}
    assert "lacks the index by_end" in found["table directory"].found


def test_a_signing_key_that_is_switched_off_is_noticed(bootstrapped: DeployedState) -> None:
    alias = bootstrapped.names.signing_alias("RS256", "a")
    key_id = bootstrapped.kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    bootstrapped.kms.disable_key(KeyId=key_id)

    found = look(bootstrapped)

    assert failures(found) == {"signing keys"}
    assert "is Disabled in KMS" in found["signing keys"].found
    assert "keybound keys switch" in found["signing keys"].advice


def test_a_sealing_key_on_its_way_out_is_noticed(bootstrapped: DeployedState) -> None:
    alias = bootstrapped.names.sealing_alias
    key_id = bootstrapped.kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    bootstrapped.kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)

    found = look(bootstrapped)

    assert "KMS key for sealing" in failures(found)
    assert "PendingDeletion" in found["KMS key for sealing"].found
    assert "signing keys" not in failures(found)


def test_a_purpose_whose_key_is_gone_is_named(bootstrapped: DeployedState) -> None:
    (version,) = SealingKeys(bootstrapped.directory).of("locator")
    key = {"pk": {"S": "SEALING#locator"}, "sk": {"S": f"KEY#{version.kid}"}}
    bootstrapped.dynamodb.delete_item(TableName=bootstrapped.directory.name, Key=key)

    found = look(bootstrapped)

    assert failures(found) == {"sealing keys unwrap"}
    assert found["sealing keys unwrap"].found == "no active key for the purpose locator"


def test_a_sealing_key_that_was_damaged_does_not_unwrap(bootstrapped: DeployedState) -> None:
    """Wrapped for another purpose is as good as damaged: the encryption context differs."""
    (version,) = SealingKeys(bootstrapped.directory).of("locator")
    bootstrapped.dynamodb.update_item(
        TableName=bootstrapped.directory.name,
        Key={"pk": {"S": "SEALING#derive"}, "sk": {"S": f"KEY#{version.kid}"}},
        UpdateExpression="SET #wrapped = :wrapped",
        ExpressionAttributeNames={"#wrapped": "wrapped"},
        ExpressionAttributeValues={":wrapped": {"B": version.wrapped}},
    )

    found = look(bootstrapped)

    assert failures(found) == {"sealing keys unwrap"}
    assert "Decrypt" in found["sealing keys unwrap"].advice


def told_settings(folder: Path, state: DeployedState, **settings: Any) -> Path:
    """What `cdk deploy --outputs-file` would have written for these settings."""
    told = {
        "AuthBaseUrl": AUTH_BASE_URL,
        "ApiBaseUrl": API_BASE_URL,
        "Settings": json.dumps(settings),
    }
    path = folder / "outputs.json"
    path.write_text(json.dumps({state.names.stack("app"): told}), "utf-8")
    return path


PAIRS = {"signing_mode": "kms-data-key-pair", "signing_slots": []}
MODES: dict[str, tuple[str, dict[str, Any], str]] = {
    "pairs deployed, pairs current": ("kms-data-key-pair", PAIRS, "cdk.json says kms"),
    "KMS deployed, pairs current": (
        "kms-data-key-pair",
        {"signing_mode": "kms"},
        "in the deployed mode kms the current",
    ),
    "pairs deployed without slots, KMS current": ("kms", PAIRS, "no slot is deployed"),
}


@pytest.mark.parametrize(("current", "deployed", "said"), MODES.values(), ids=MODES)
def test_a_signing_mode_that_leaves_no_key_to_sign_with_is_noticed_before_and_after(
    ministack_url: str, tmp_path: Path, current: str, deployed: dict[str, Any], said: str
) -> None:
    """Sign-ins would fail with 503. cdk.json, as it is shipped, says `kms`."""
    state = DeployedState(ministack_url)
    run_bootstrap(state.target(signing_mode=current), "Main", None)
    outputs = told_settings(tmp_path, state, **deployed)
    found = look(state, stack_outputs=outputs)["signing mode"]
    assert found.status is Status.FAILED
    assert said in found.found
    assert "From one mode to the other" in found.advice


def test_a_change_of_the_signing_mode_that_may_be_deployed_is_none_to_worry_about(
    ministack_url: str, tmp_path: Path
) -> None:
    state = DeployedState(ministack_url)
    run_bootstrap(state.target(), "Main", None)
    slots = {"signing_mode": "kms-data-key-pair", "signing_slots": ["a"]}
    found = look(state, stack_outputs=told_settings(tmp_path, state, **slots))["signing mode"]
    assert (found.status, found.found) == (
        Status.OK,
        "kms-data-key-pair; cdk.json says kms, which may be deployed",
    )


def test_a_tenant_made_for_another_api_host_is_noticed(bootstrapped: DeployedState) -> None:
    found = look(bootstrapped, api_base_url="https://renamed.example.com")

    assert failures(found) == {"first tenant"}
    assert API_BASE_URL in found["first tenant"].found
    assert "never changes" in found["first tenant"].advice


def test_a_sender_has_to_be_verified(ministack_url: str) -> None:
    """moto knows no GetAccount."""
    state = DeployedState(ministack_url)
    sender = "sign-in@mail.example.com"
    target = state.target()
    configured = replace(target, settings=replace(target.settings, sender=sender))

    def verify() -> Finding:
        (check,) = [each for each in InAws(configured).checks() if each.name == "mail sender"]
        return examine([check])[0]

    before = verify()
    state.target().client("sesv2").create_email_identity(EmailIdentity="mail.example.com")
    after = verify()

    assert before.status is Status.FAILED
    assert before.found == f"SES has not verified {sender}, nor mail.example.com"
    assert after.status is Status.OK
