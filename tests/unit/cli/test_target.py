"""Which deployment a command is about."""

import json
from pathlib import Path

import pytest

from infra.names import names_of
from infra.settings import from_context
from tests.support.sources import REPOSITORY
from tools.cli.target import Given, TargetError, find_target

BASES = {"auth_base_url": "https://auth.example.com", "api_base_url": "https://api.example.com"}


def outputs(folder: Path, content: object) -> Path:
    path = folder / "outputs.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_names_are_those_that_the_cdk_app_gives() -> None:
    context = json.loads((REPOSITORY / "cdk.json").read_text("utf-8"))["context"]
    deployed = names_of(from_context(context.get, context))

    target = find_target(Given(**BASES))

    assert target.names == deployed
    assert target.directory_table == "keybound-prod-directory"
    assert target.grants_table == "keybound-prod-grants"
    assert target.names.sealing_alias == "alias/keybound-prod-sealing"


def test_name_and_stage_of_the_command_line_win() -> None:
    target = find_target(Given(name="acme", stage="trial", **BASES))

    assert target.directory_table == "acme-trial-directory"
    given = Given(signing_mode="kms-data-key-pair")
    assert find_target(given).signing_mode == "kms-data-key-pair"


def test_a_stage_that_makes_no_name_is_refused() -> None:
    with pytest.raises(TargetError, match="keybound:stage"):
        find_target(Given(stage="Prod!"))


def test_base_urls_of_the_command_line_need_nobody_else() -> None:
    given = Given(auth_base_url="https://auth.example.com", api_base_url="https://api.example.com")
    assert find_target(given).base_urls() == (given.auth_base_url, given.api_base_url)


def test_base_urls_come_from_what_the_cdk_wrote(tmp_path: Path) -> None:
    told = {"AuthBaseUrl": "https://auth.example.com", "ApiBaseUrl": "https://api.example.com"}
    path = outputs(tmp_path, {"keybound-prod-state": {}, "keybound-prod-app": told})

    assert find_target(Given(stack_outputs=path)).base_urls() == tuple(told.values())
    half = find_target(Given(stack_outputs=path, api_base_url="https://own.example.com"))
    assert half.base_urls() == ("https://auth.example.com", "https://own.example.com")


def test_outputs_of_another_stage_are_not_taken(tmp_path: Path) -> None:
    path = outputs(tmp_path, {"keybound-trial-app": {"AuthBaseUrl": "https://x.example.com"}})

    with pytest.raises(TargetError, match="keybound-prod-app has no output AuthBaseUrl"):
        find_target(Given(stack_outputs=path)).base_urls()


def test_a_file_that_is_none_of_outputs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text("not JSON", "utf-8")

    with pytest.raises(TargetError, match=r"outputs\.json is no file of stack outputs"):
        find_target(Given(stack_outputs=path)).base_urls()


def test_the_region_of_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 by itself reads AWS_DEFAULT_REGION only."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert find_target(Given()).client("kms").meta.region_name == "eu-central-1"
    assert find_target(Given(region="eu-west-3")).client("kms").meta.region_name == "eu-west-3"


def told(folder: Path, settings: object) -> Path:
    urls = {"AuthBaseUrl": "https://auth.example.com", "ApiBaseUrl": "https://api.example.com"}
    outputs_of_app = {**urls, "Settings": json.dumps(settings)}
    return outputs(folder, {"keybound-prod-app": outputs_of_app})


def test_settings_that_stand_in_no_file_come_from_what_was_deployed(tmp_path: Path) -> None:
    """As after `cdk deploy -c keybound:signing_mode=kms-data-key-pair`."""
    path = told(
        tmp_path,
        {
            "signing_mode": "kms-data-key-pair",
            "signing_slots": [],
            "sender": "no-reply@example.com",
            "longest_refresh_token_s": 86_400,
            "of a later release": 1,
        },
    )
    target = find_target(Given(stack_outputs=path))
    deployed = target.deployed_settings()
    assert (deployed.signing_mode, deployed.signing_slots) == ("kms-data-key-pair", ())
    assert (deployed.sender, deployed.longest_refresh_token_s) == ("no-reply@example.com", 86_400)
    assert deployed.signing_algorithms == ("RS256", "ES256"), "what is not told is as in cdk.json"
    assert target.signing_mode == "kms-data-key-pair"
    assert target.settings.signing_mode == "kms", "cdk.json's own stay known"


def test_a_restored_directory_is_the_one_that_commands_work_on(tmp_path: Path) -> None:
    path = told(tmp_path, {"directory_table_name": "keybound-prod-directory-restored"})
    target = find_target(Given(stack_outputs=path))
    assert target.directory_table == "keybound-prod-directory-restored"
    assert target.grants_table == "keybound-prod-grants"


def test_a_stack_of_an_older_release_tells_no_settings(tmp_path: Path) -> None:
    urls = {"AuthBaseUrl": "https://auth.example.com", "ApiBaseUrl": "https://api.example.com"}
    path = outputs(tmp_path, {"keybound-prod-app": urls})
    target = find_target(Given(stack_outputs=path))
    assert target.deployed_settings() == target.settings


def test_nobody_is_asked_for_settings_when_both_base_urls_are_given() -> None:
    """So the commands need no permission for CloudFormation then."""
    given = Given(auth_base_url="https://auth.example.com", api_base_url="https://api.example.com")
    target = find_target(given)
    assert target.deployed_settings() is target.settings
