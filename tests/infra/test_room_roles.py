"""Least privilege: each room's role is exactly what the manifest grants, both ways."""

import json
from typing import Any

import pytest
from keybound.signing.data_key_pairs import PURPOSE
from keybound.storage import keys

from functions.manifest import FALLBACK, Grant, Host, Room, Table
from infra.app import Deployment
from tests.infra.templates import PSEUDO, Templates, as_list, every_statement, of_type

Granted = set[tuple[str, str]]

TABLE = f"arn:aws:dynamodb:{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}:table/"
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


@pytest.fixture(params=["kms", "kms-data-key-pair", "with all that is optional"])
def either(
    request: pytest.FixtureRequest,
    templates: Templates,
    other_deployment: tuple[Deployment, Templates],
    whole: Templates,
) -> Templates:
    """One deployment of each signing mode, and one with all that is optional."""
    if request.param == "kms":
        return templates
    return whole if request.param == "with all that is optional" else other_deployment[1]


def function_of(templates: Templates, name: str) -> dict[str, Any]:
    for function in of_type(templates.app, "Lambda::Function").values():
        if function["Properties"]["FunctionName"] == f"{templates.prefix}-{name}":
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
        if statement["Effect"] == "Allow"
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


def table_arn(templates: Templates, grant: Grant) -> str:
    index = f"/index/{grant.index}" if grant.index else ""
    return f"{TABLE}{templates.prefix}-{grant.table}{index}"


def purposes_of(templates: Templates, of: Room) -> set[str]:
    pairs = of.signs and templates.signing_mode == "kms-data-key-pair"
    return {*of.unwraps, *([PURPOSE] if pairs else [])}


def sender_arns(templates: Templates) -> set[str]:
    """The domain that mail comes from and the set it goes out by; none without a sender."""
    if not of_type(templates.state, "SES::EmailIdentity"):
        return set()
    place = TABLE.partition(":dynamodb:")[0] + ":ses:eu-central-1:123456789012"
    return {f"{place}:identity/mail.example.com", f"{place}:configuration-set/{templates.prefix}"}


def meant(templates: Templates, of: Room) -> Granted:
    """What the manifest says, written out."""
    wanted = {
        (f"dynamodb:{verb}", table_arn(templates, grant))
        for grant in of.grants
        for verb in grant.verbs
    }
    if purposes_of(templates, of):
        wanted.add(("kms:Decrypt", sealing_key_arn(templates)))
    if of.makes_signing_pairs:
        wanted.add(("kms:GenerateDataKeyPairWithoutPlaintext", sealing_key_arn(templates)))
    if of.signs:
        wanted |= {("kms:Sign", arn) for arn in signing_key_arns(templates)}
    for name in of_type(templates.state, "SecretsManager::Secret"):
        if of.host is Host.AUTH or of.name == FALLBACK:
            wanted.add(("secretsmanager:GetSecretValue", name))
    if of.sends_mail:
        wanted |= {("ses:SendEmail", arn) for arn in sender_arns(templates)}
    if of.invokes:
        lambdas = TABLE.partition(":dynamodb:")[0] + ":lambda:eu-central-1:123456789012"
        called = f"{lambdas}:function:{templates.prefix}-{of.invokes}:live"
        wanted.add(("lambda:InvokeFunction", called))
    (log_group,) = (
        f"{name}.Arn"
        for name, group in of_type(templates.app, "Logs::LogGroup").items()
        if group["Properties"]["LogGroupName"] == f"/aws/lambda/{templates.prefix}-{of.name}"
    )
    return wanted | {("logs:CreateLogStream", log_group), ("logs:PutLogEvents", log_group)}


def test_a_role_allows_what_the_manifest_grants_and_nothing_else(either: Templates) -> None:
    for of in either.rooms:
        assert granted(either, of.name) == meant(either, of), of.name


def test_mail_is_sent_from_the_one_address_only(whole: Templates, templates: Templates) -> None:
    for of in whole.rooms:
        sending = [s for s in statements_of(whole, of.name) if "ses:" in str(s["Action"])]
        assert len(sending) == (1 if of.sends_mail else 0), of.name
        for statement in sending:
            assert statement["Condition"] == {
                "StringEquals": {"ses:FromAddress": "no-reply@mail.example.com"}
            }
        assert "ses:" not in str(statements_of(templates, of.name)), of.name


def test_no_room_of_the_management_api_can_write_a_login(either: Templates) -> None:
    """Kept answers, counts of mails and links, and ended tokens lie beside the logins, under keys
    that begin otherwise. The room `tokens` is there to end logins; `credential_binding_jobs` reads
    how fresh one is."""
    harmless = {f"{keys.IDEMPOTENCY_PREFIX}*", "MAILS#*", "LINKS#*", "BATCH#*", "DENIED#*"}
    for of in (each for each in either.rooms if each.host is Host.API and each.name != "tokens"):
        for grant in (each for each in of.grants if each.table is Table.GRANTS):
            reads_logins = grant.verbs == ("BatchGetItem",)
            reads_logins = reads_logins and grant.leading == (keys.LOGIN_PREFIX,)
            if not (reads_logins and of.name == "credential_binding_jobs"):
                assert {f"{prefix}*" for prefix in grant.leading} <= harmless, of.name
        for statement in statements_of(either, of.name):
            if table_arn(either, Grant(Table.GRANTS, ())) in as_list(statement["Resource"]):
                (found,) = statement["Condition"]["ForAllValues:StringLike"].values()
                reads = as_list(statement["Action"]) == ["dynamodb:BatchGetItem"]
                known = harmless | {f"{keys.LOGIN_PREFIX}*"} if reads else harmless
                assert set(as_list(found)) <= known, of.name
    keeping = {
        of.name for of in either.rooms for g in of.grants if keys.IDEMPOTENCY_PREFIX in g.leading
    }
    assert {"identities", "applications", "credential_binding_jobs", "realms"} <= keeping
    assert "batch_credential_binding_jobs" in keeping
    assert {"resource_servers", "groups", "roles"} <= keeping


def test_a_role_reaches_the_keys_that_the_manifest_names_and_no_others(either: Templates) -> None:
    """Every statement about the Grants has its prefixes: nobody may touch all that lies there."""
    table, checked = table_arn(either, Grant(Table.GRANTS, ())), 0
    for of in either.rooms:
        wanted: dict[tuple[str, ...], set[str]] = {}
        for grant in (each for each in of.grants if each.table is Table.GRANTS):
            verbs = {f"dynamodb:{verb}" for verb in grant.verbs}
            wanted.setdefault(grant.leading, set()).update(verbs)
        found = {}
        for statement in statements_of(either, of.name):
            if table in as_list(statement["Resource"]):
                assert statement["Resource"] == table
                assert list(statement["Condition"]) == ["ForAllValues:StringLike"]
                (patterns,) = statement["Condition"]["ForAllValues:StringLike"].values()
                prefixes = tuple(pattern.removesuffix("*") for pattern in as_list(patterns))
                assert all(pattern.endswith("#*") for pattern in as_list(patterns))
                found[prefixes] = set(as_list(statement["Action"]))
        assert found == wanted, of.name
        checked += len(found)
    assert checked > 30


@pytest.mark.parametrize("name", ["authorize", "par", "userinfo", "introspect"])
def test_rooms_that_begin_or_read_a_sign_in_can_write_none(either: Templates, name: str) -> None:
    """`authorize`, which anybody may call, does not even read one."""
    table = table_arn(either, Grant(Table.GRANTS, ()))
    for statement in statements_of(either, name):
        if table not in as_list(statement["Resource"]):
            continue
        actions = set(as_list(statement["Action"]))
        if name != "authorize" and actions == {"dynamodb:BatchGetItem"}:
            continue
        assert actions <= {"dynamodb:PutItem", "dynamodb:GetItem"}
        (found,) = statement["Condition"]["ForAllValues:StringLike"].values()
        assert set(as_list(found)) <= {"PUSHED#*", "ASSERTION#*", "PROOF#*", "DENIED#*"}


def test_no_room_can_plant_a_key_that_signs_or_seals(either: Templates) -> None:
    """Whoever may write the Directory is denied the items of keys; rotation may write its ring."""
    for of in either.rooms:
        verbs = {v for g in of.grants if g.table is Table.DIRECTORY for v in g.verbs} & WRITES
        denials = [s for s in statements_of(either, of.name) if s["Effect"] == "Deny"]
        assert bool(denials) is bool(verbs), of.name
        for denial in denials:
            assert set(as_list(denial["Action"])) == {f"dynamodb:{verb}" for verb in verbs}
            assert denial["Resource"] == f"{TABLE}{either.prefix}-{Table.DIRECTORY}"
            (leading,) = denial["Condition"]["ForAnyValue:StringLike"].values()
            expected = {keys.sealing_key("*", "").pk}
            if not of.makes_signing_pairs:
                expected.add(keys.signing_ring("RS256").pk)
            assert set(as_list(leading)) == expected


def test_a_role_is_for_lambda_alone_and_has_no_managed_policy(either: Templates) -> None:
    for of in either.rooms:
        role = role_of(either, of.name)
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
    assert len(set(roles)) == len(roles) == len(templates.rooms)


def test_there_are_no_roles_and_policies_beside_the_rooms_and_the_schedules(
    templates: Templates,
) -> None:
    scheduled = [each for each in templates.rooms if each.schedule_minutes]
    assert len(of_type(templates.app, "IAM::Role")) == len(templates.rooms) + len(scheduled)
    assert not of_type(templates.app, "IAM::Policy")
    assert not of_type(templates.app, "IAM::ManagedPolicy")
    assert not of_type(templates.state, "IAM::Role")


def test_a_room_uses_the_sealing_key_under_its_own_purposes_only(either: Templates) -> None:
    checked = []
    for of in either.rooms:
        for statement in statements_of(either, of.name):
            if statement["Resource"] != sealing_key_arn(either):
                continue
            expected = purposes_of(either, of)
            if statement["Action"] == "kms:GenerateDataKeyPairWithoutPlaintext":
                expected = {PURPOSE}
            condition = statement["Condition"]
            assert set(condition) == {"StringEquals", "ForAllValues:StringEquals"}
            assert list(condition["StringEquals"]) == ["kms:EncryptionContext:purpose"]
            (purposes,) = condition["StringEquals"].values()
            assert set(as_list(purposes)) == expected
            assert condition["ForAllValues:StringEquals"] == {
                "kms:EncryptionContextKeys": ["purpose"]
            }
            checked.append(of.name)
    assert {"authorize", "token"} <= set(checked)


def test_wrapped_pairs_are_opened_by_who_signs_and_made_by_who_cannot_open_them(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    opening = {
        of.name
        for of in other.rooms
        for statement in statements_of(other, of.name)
        if statement["Action"] == "kms:Decrypt" and PURPOSE in json.dumps(statement)
    }
    assert opening == {"token", "backchannel_logout"}
    allowed = {action for action, _ in granted(other, "rotate_signing_key")}
    assert "kms:GenerateDataKeyPairWithoutPlaintext" in allowed
    assert not allowed & {"kms:Decrypt", "kms:Sign"}


def test_where_kms_signs_nothing_makes_or_opens_key_pairs(templates: Templates) -> None:
    assert "rotate_signing_key" not in {of.name for of in templates.rooms}
    for of in templates.rooms:
        for statement in statements_of(templates, of.name):
            assert PURPOSE not in json.dumps(statement.get("Condition", {})), of.name


def test_authorize_neither_writes_nor_signs(templates: Templates) -> None:
    allowed = {action for action, _ in granted(templates, "authorize")}
    assert not allowed & {f"dynamodb:{verb}" for verb in WRITES}
    assert "kms:Sign" not in allowed


def test_token_cannot_write_the_directory(templates: Templates) -> None:
    directory = f"{TABLE}keybound-prod-{Table.DIRECTORY}"
    written = {action for action, resource in granted(templates, "token") if resource == directory}
    assert written
    assert not written & {f"dynamodb:{verb}" for verb in WRITES}


def test_only_rooms_that_mint_tokens_may_use_a_signing_key(templates: Templates) -> None:
    signing = {
        each.name
        for each in templates.rooms
        if any(action == "kms:Sign" for action, _ in granted(templates, each.name))
    }
    assert signing == {"token", "backchannel_logout"}


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
