"""The stack that must not be lost: tables as the code expects them, keys that sign or wrap."""

import ast
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import Session
from keybound.domain.sealing_key import PURPOSES
from keybound.storage.schema import TTL_ATTRIBUTE, directory_table, grants_table

from functions.manifest import ROOMS
from infra.app import Deployment
from tests.infra.templates import Resource, Templates, as_list, of_type
from tests.support.sources import python_modules


def table(templates: Templates, name: str) -> Resource:
    for resource in of_type(templates.state, "DynamoDB::Table").values():
        if resource["Properties"]["TableName"] == name:
            return resource
    raise LookupError(name)


TABLES = {"keybound-prod-directory": directory_table, "keybound-prod-grants": grants_table}


@pytest.mark.parametrize("name", TABLES)
def test_a_deployed_table_has_the_shape_that_the_code_expects(
    templates: Templates, name: str
) -> None:
    deployed = dict(table(templates, name)["Properties"])
    expected = TABLES[name](name)
    for unordered in ("AttributeDefinitions", "GlobalSecondaryIndexes"):
        by_name = sorted(deployed.pop(unordered, []), key=str)
        assert by_name == sorted(expected.pop(unordered, []), key=str)
    assert {member: deployed[member] for member in expected} == expected


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_kept_protected_encrypted_and_can_go_back_in_time(
    templates: Templates, name: str
) -> None:
    resource = table(templates, name)
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    deployed = resource["Properties"]
    assert deployed["DeletionProtectionEnabled"] is True
    assert deployed["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert deployed["SSESpecification"] == {"SSEEnabled": True}
    assert "StreamSpecification" not in deployed


def test_only_grants_expire_on_their_own(templates: Templates) -> None:
    deployed = table(templates, "keybound-prod-grants")["Properties"]
    assert deployed["TimeToLiveSpecification"] == {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}
    directory = table(templates, "keybound-prod-directory")["Properties"]
    assert "TimeToLiveSpecification" not in directory


def keys_by_alias(templates: Templates) -> dict[str, Resource]:
    keys = of_type(templates.state, "KMS::Key")
    return {
        alias["Properties"]["AliasName"]: keys[alias["Properties"]["TargetKeyId"]["Fn::GetAtt"][0]]
        for alias in of_type(templates.state, "KMS::Alias").values()
    }


def test_there_is_one_sealing_key_and_a_slot_for_each_algorithm(templates: Templates) -> None:
    kinds = {
        alias: (key["Properties"].get("KeySpec"), key["Properties"].get("KeyUsage"))
        for alias, key in keys_by_alias(templates).items()
    }
    assert kinds == {
        "alias/keybound-prod-sealing": (None, None),  # symmetric, for encryption: the default
        "alias/keybound-prod-signing-rs256-a": ("RSA_2048", "SIGN_VERIFY"),
        "alias/keybound-prod-signing-es256-a": ("ECC_NIST_P256", "SIGN_VERIFY"),
    }
    assert len(of_type(templates.state, "KMS::Key")) == len(kinds)


def test_keys_are_kept_and_the_sealing_key_rotates(templates: Templates) -> None:
    for key in keys_by_alias(templates).values():
        assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
        assert key["Properties"]["PendingWindowInDays"] == 30
    sealing = keys_by_alias(templates)["alias/keybound-prod-sealing"]
    assert sealing["Properties"]["EnableKeyRotation"] is True


def policy(templates: Templates, alias: str) -> list[dict[str, Any]]:
    document = keys_by_alias(templates)[alias]["Properties"]["KeyPolicy"]
    statements: list[dict[str, Any]] = templates.resolve(document["Statement"])
    return statements


def test_the_sealing_key_is_used_by_nobody_who_names_no_purpose(templates: Templates) -> None:
    using = [
        statement
        for statement in policy(templates, "alias/keybound-prod-sealing")
        if "kms:Decrypt" in as_list(statement["Action"])
    ]
    assert [statement["Condition"] for statement in using] == [
        {"Null": {"kms:EncryptionContext:purpose": "false"}}
    ]


def test_a_key_belongs_to_its_own_account_and_can_still_be_administered(
    templates: Templates,
) -> None:
    for alias in keys_by_alias(templates):
        statements = policy(templates, alias)
        assert {s["Principal"]["AWS"] for s in statements} == {"arn:aws:iam::123456789012:root"}
        actions = {action for s in statements for action in as_list(s["Action"])}
        assert {"kms:PutKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion"} <= actions


def test_key_policies_allow_what_our_code_asks_of_kms_and_nothing_that_shows_a_new_key(
    templates: Templates,
) -> None:
    """An operator's own policy is not enough: a key policy that names no action denies it."""
    operations = {xform_name(name): f"kms:{name}" for name in kms_operations()}
    asked = {
        operations[node.func.attr]
        for _, tree in python_modules("layers/keybound", "functions", "tools/cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in operations
        and "kms" in ast.unparse(node.func.value).lower()
    }
    allowed = {
        action
        for alias in keys_by_alias(templates)
        for statement in policy(templates, alias)
        for action in as_list(statement["Action"])
    }
    assert {"kms:Decrypt", "kms:Sign", "kms:GetPublicKey"} <= asked
    assert asked <= allowed
    assert not allowed & {"kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateMac"}


def kms_operations() -> list[str]:
    model = Session().get_service_model("kms")
    return list(model.operation_names)


def test_a_signing_key_neither_wraps_nor_unwraps(templates: Templates) -> None:
    for algorithm in ("rs256", "es256"):
        statements = policy(templates, f"alias/keybound-prod-signing-{algorithm}-a")
        actions = {action for s in statements for action in as_list(s["Action"])}
        assert {"kms:Sign", "kms:GetPublicKey"} <= actions
        assert not actions & {"kms:Decrypt", "kms:Encrypt", "kms:DeriveSharedSecret"}


def test_rooms_unwrap_only_purposes_that_exist() -> None:
    assert {purpose for room in ROOMS for purpose in room.unwraps} <= set(PURPOSES)


def test_the_stack_itself_is_protected(templates: Templates) -> None:
    manifest = (templates.folder / "manifest.json").read_text("utf-8")
    assert '"terminationProtection": true' in manifest


def test_the_state_needs_nothing_of_the_app(templates: Templates) -> None:
    assert "Fn::ImportValue" not in str(templates.state)


def test_a_disposable_deployment_leaves_nothing_behind(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    for name, resource in other.state["Resources"].items():
        if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::KMS::Key"):
            assert resource["DeletionPolicy"] == "Delete", name
            assert resource["Properties"].get("DeletionProtectionEnabled") is not True


def test_while_rotating_both_slots_exist_and_both_may_sign(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    signing = {alias for alias in keys_by_alias(other) if "signing" in alias}
    assert signing == {f"alias/keybound-trial-signing-rs256-{slot}" for slot in "ab"}
    signers = [
        statement
        for role in of_type(other.app, "IAM::Role").values()
        for document in role["Properties"]["Policies"]
        for statement in document["PolicyDocument"]["Statement"]
        if statement["Action"] == "kms:Sign"
    ]
    assert len(signers) == len([room for room in ROOMS if room.signs])
    assert {len(statement["Resource"]) for statement in signers} == {2}
