"""The command line itself: what it takes, and what it says instead of a traceback."""

import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from moto import mock_aws

from tools.cli.main import main
from tools.cli.target import Target

BASES = (
    *("--auth-base-url", "https://auth.example.com"),
    *("--api-base-url", "https://api.example.com"),
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "command",
    [
        ("bootstrap",),
        ("tenant", "create"),
        ("tenant", "new-secret"),
        ("tenant", "admin-link"),
        ("tenant", "update-scopes"),
        ("doctor",),
    ],
)
def test_every_command_has_help_for_every_option(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "--stage" in result.output and "--auth-base-url" in result.output


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example.com",
        "https://",
        "auth.example.com",
        "https://auth.example.com/v1",
        "https://auth.example.com?x",
        "https://user@auth.example.com",
        "ftp://auth.example.com",
        "https://" + "a" * 200,
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    result = run("bootstrap", "--auth-base-url", url, "--api-base-url", "https://api.example.com")
    assert result.exit_code == 2
    assert "--auth-base-url" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("bootstrap", "--display-name", ""),
        ("bootstrap", "--display-name", " padded"),
        ("bootstrap", "--display-name", "two\nlines"),
        ("bootstrap", "--admin-username", "no spaces"),
        ("bootstrap", "--admin-relying-party-id", "example.com"),
        ("tenant", "new-secret", "--tenant-id", "0" * 15),
        ("tenant", "admin-link", "--tenant-id", "../../etc"),
        ("tenant", "update-scopes"),
        ("tenant", "update-scopes", "all"),
        ("tenant", "update-scopes", "0" * 17),
        ("tenant", "create"),
    ],
)
def test_malformed_options_are_refused_before_any_call(arguments: tuple[str, ...]) -> None:
    assert run(*arguments, *BASES).exit_code == 2


@mock_aws
def test_a_deployment_without_keys_is_told_to_deploy() -> None:
    result = run("bootstrap", *BASES)
    assert result.exit_code == 1
    assert "no KMS key alias/keybound-prod-sealing" in result.output
    assert "deploy the state stack first" in result.output


@mock_aws
def test_a_deployment_without_tables_is_told_to_deploy() -> None:
    kms = Target.client(_target(), "kms")
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/keybound-prod-sealing", TargetKeyId=made)
    result = run("bootstrap", *BASES)
    assert result.exit_code == 1
    assert "a table does not exist here" in result.output


@mock_aws
def test_a_disabled_sealing_key_makes_nothing() -> None:
    kms = Target.client(_target(), "kms")
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/keybound-prod-sealing", TargetKeyId=made)
    kms.disable_key(KeyId=made)
    result = run("bootstrap", *BASES)
    assert result.exit_code == 1
    assert "is Disabled: enable it first" in result.output


@pytest.mark.parametrize("command", ["bootstrap", "doctor", "keys list"])
def test_who_may_not_ask_cloudformation_learns_which_permission(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Denying:
        def describe_stacks(self, **_: str) -> None:
            message = (
                "User: arn:aws:iam::1:user/ada is not authorized to perform:"
                " cloudformation:DescribeStacks on resource: arn:aws:cloudformation:x:1:stack/y"
            )
            answer = {"Error": {"Code": "AccessDenied", "Message": message}}
            raise ClientError(answer, "DescribeStacks")  # type: ignore[arg-type]

    monkeypatch.setattr(Target, "client", lambda self, service: Denying())
    result = run(*command.split())
    assert result.exit_code == 1
    assert re.search(r"lack cloudformation:DescribeStacks on arn:aws:cloudformation", result.output)


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
@mock_aws
def test_keys_are_looked_for_in_the_region_that_is_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    for each in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(each)
    outputs = tmp_path / "outputs.json"
    outputs.write_text("{}", "utf-8")
    keys = ("keys", "--stack-outputs", str(outputs))
    assert "no AWS region: say --region" in run(*keys, "status").output
    assert "a table does not exist here" in run(*keys, "--region", "eu-west-1", "status").output
    monkeypatch.setenv(name, "eu-west-1")
    assert "a table does not exist here" in run(*keys, "status").output


def test_a_doctor_who_may_not_ask_aws_asks_for_the_base_urls() -> None:
    result = run("doctor", "--no-aws")
    assert result.exit_code == 2
    assert "say --auth-base-url and --api-base-url" in result.output


def test_keys_of_a_deployment_that_cannot_exist_are_not_looked_for() -> None:
    result = run("keys", "--stage", "PROD", "status")
    assert result.exit_code == 1
    assert "keybound:stage: expected" in result.output


def test_help_comes_without_loading_aws() -> None:
    """What is slow to import is imported by the command that needs it."""
    import subprocess
    import sys

    program = (
        "import sys; from tools.cli.main import main; main(['--help'], standalone_mode=False);"
        "print(sorted(set(sys.modules) & {'boto3', 'botocore', 'cryptography', 'jwt', 'moto'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def _target() -> Target:
    from tools.cli.target import Given, find_target

    return find_target(Given())
