"""Least privilege: each room's role is exactly what the manifest grants, both ways."""

from typing import Any

import pytest

from functions.manifest import ROOMS, Room, Table, room
from tests.infra.templates import PSEUDO, Templates, as_list, every_statement, of_type

Granted = set[tuple[str, str]]

ARN = f"arn:aws:dynamodb:{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}:table/keybound-prod-"
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


def function_of(templates: Templates, name: str) -> dict[str, Any]:
    for function in of_type(templates.app, "Lambda::Function").values():
        if function["Properties"]["FunctionName"] == f"keybound-prod-{name}":
            return dict(function["Properties"])
    raise LookupError(name)


def role_of(templates: Templates, name: str) -> dict[str, Any]:
    logical_id, _ = function_of(templates, name)["Role"]["Fn::GetAtt"]
    return dict(templates.app["Resources"][logical_id]["Properties"])


def statements_of(templates: Templates, name: str) -> list[dict[str, Any]]:
    (policy,) = role_of(templates, name)["Policies"]
    statements: list[dict[str, Any]] = templates.resolve(policy["PolicyDocument"]["Statement"])
    return statements


def granted(templates: Templates, name: str) -> Granted:
    return {
        (action, resource)
        for statement in statements_of(templates, name)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def signing_key_arns(templates: Templates) -> set[str]:
    keys = of_type(templates.state, "KMS::Key")
    return {f"{name}.Arn" for name, key in keys.items() if "KeyUsage" in key["Properties"]}


def sealing_key_arn(templates: Templates) -> str:
    keys = of_type(templates.state, "KMS::Key")
    (name,) = (name for name, key in keys.items() if "KeyUsage" not in key["Properties"])
    return f"{name}.Arn"


def meant(templates: Templates, of: Room) -> Granted:
    """What the manifest says, written out."""
    wanted = {
        (f"dynamodb:{verb}", ARN + grant.table + (f"/index/{grant.index}" if grant.index else ""))
        for grant in of.grants
        for verb in grant.verbs
    }
    if of.unwraps:
        wanted.add(("kms:Decrypt", sealing_key_arn(templates)))
    if of.signs:
        wanted |= {("kms:Sign", arn) for arn in signing_key_arns(templates)}
    (log_group,) = (
        f"{name}.Arn"
        for name, group in of_type(templates.app, "Logs::LogGroup").items()
        if group["Properties"]["LogGroupName"] == f"/aws/lambda/keybound-prod-{of.name}"
    )
    return wanted | {("logs:CreateLogStream", log_group), ("logs:PutLogEvents", log_group)}


@pytest.mark.parametrize("name", [each.name for each in ROOMS])
def test_a_role_allows_what_the_manifest_grants_and_nothing_else(
    templates: Templates, name: str
) -> None:
    assert granted(templates, name) == meant(templates, room(name))
    assert {s["Effect"] for s in statements_of(templates, name)} == {"Allow"}


@pytest.mark.parametrize("name", [each.name for each in ROOMS])
def test_a_role_is_for_lambda_alone_and_has_no_managed_policy(
    templates: Templates, name: str
) -> None:
    role = role_of(templates, name)
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ]
    assert "ManagedPolicyArns" not in role


def test_no_two_rooms_share_a_role(templates: Templates) -> None:
    functions = of_type(templates.app, "Lambda::Function").values()
    roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in functions]
    assert len(set(roles)) == len(roles) == len(ROOMS)


def test_there_are_no_roles_and_policies_beside_the_rooms_and_the_schedules(
    templates: Templates,
) -> None:
    scheduled = [each for each in ROOMS if each.schedule_minutes]
    assert len(of_type(templates.app, "IAM::Role")) == len(ROOMS) + len(scheduled)
    assert not of_type(templates.app, "IAM::Policy")
    assert not of_type(templates.app, "IAM::ManagedPolicy")
    assert not of_type(templates.state, "IAM::Role")


@pytest.mark.parametrize("of", [each for each in ROOMS if each.unwraps], ids=lambda of: of.name)
def test_a_room_unwraps_sealing_keys_of_its_own_purposes_only(
    templates: Templates, of: Room
) -> None:
    (statement,) = (s for s in statements_of(templates, of.name) if s["Action"] == "kms:Decrypt")
    assert statement["Resource"] == sealing_key_arn(templates)
    purposes = statement["Condition"]["StringEquals"]["kms:EncryptionContext:purpose"]
    assert set(as_list(purposes)) == set(of.unwraps)
    assert statement["Condition"]["ForAllValues:StringEquals"] == {
        "kms:EncryptionContextKeys": ["purpose"]
    }
    assert set(statement["Condition"]) == {"StringEquals", "ForAllValues:StringEquals"}


def test_authorize_neither_writes_nor_signs(templates: Templates) -> None:
    allowed = {action for action, _ in granted(templates, "authorize")}
    assert not allowed & {f"dynamodb:{verb}" for verb in WRITES}
    assert "kms:Sign" not in allowed


def test_token_cannot_write_the_directory(templates: Templates) -> None:
    directory = ARN + Table.DIRECTORY
    written = {action for action, resource in granted(templates, "token") if resource == directory}
    assert written
    assert not written & {f"dynamodb:{verb}" for verb in WRITES}


def test_only_rooms_that_mint_tokens_may_use_a_signing_key(templates: Templates) -> None:
    signing = {
        each.name
        for each in ROOMS
        if any(action == "kms:Sign" for action, _ in granted(templates, each.name))
    }
    assert signing == {"token"}


def test_no_action_and_no_resource_of_a_role_holds_a_wildcard(templates: Templates) -> None:
    statements = [*every_statement(templates.app), *every_statement(templates.state)]
    actions = [a for _, s in statements for a in as_list(s.get("Action", "*"))]
    assert len(actions) > 50
    assert [action for action in actions if "*" in action] == []
    of_roles = [s for kind, s in statements if kind == "AWS::IAM::Role" and "Resource" in s]
    resources = [str(r) for s in of_roles for r in as_list(templates.resolve(s["Resource"]))]
    assert [resource for resource in resources if "*" in resource] == []


def test_nobody_can_make_keys_or_grants_on_keys(templates: Templates) -> None:
    statements = [*every_statement(templates.app), *every_statement(templates.state)]
    actions = {action for _, s in statements for action in as_list(s["Action"])}
    assert not actions & {"kms:CreateKey", "kms:CreateGrant", "kms:ReplicateKey", "iam:PassRole"}
