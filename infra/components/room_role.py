"""A room's role: exactly what the manifest grants, verb by verb, and its own log group."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from functions.manifest import Grant, Room
from infra.names import Names

_PURPOSE = "kms:EncryptionContext:purpose"


@dataclass(frozen=True)
class Keys:
    """ARNs of the KMS keys that rooms may be granted."""

    sealing_arn: str
    signing_arns: Sequence[str]


def room_role(
    scope: Construct, room: Room, names: Names, keys: Keys, log_group: logs.LogGroup
) -> iam.IRole:
    """Make the role. It takes no further statements: the manifest has the last word."""
    policy = iam.PolicyDocument(statements=statements(Stack.of(scope), room, names, keys))
    policy.add_statements(_write_logs(log_group))
    role = iam.Role(
        scope,
        "Role",
        description=f"Keybound: what the room {room.name} may do",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"manifest": policy},
    )
    return role.without_policy_updates()


def statements(stack: Stack, room: Room, names: Names, keys: Keys) -> list[iam.PolicyStatement]:
    """Return one statement for each table or index of the manifest's grants, then the keys'."""
    verbs: dict[str, set[str]] = {}
    for grant in room.grants:
        verbs.setdefault(_arn(stack, grant, names), set()).update(grant.verbs)
    granted = [
        iam.PolicyStatement(
            actions=sorted(f"dynamodb:{verb}" for verb in allowed), resources=[resource]
        )
        for resource, allowed in verbs.items()
    ]
    if room.unwraps:
        granted.append(_unwrap(room.unwraps, keys.sealing_arn))
    if room.signs:
        granted.append(iam.PolicyStatement(actions=["kms:Sign"], resources=list(keys.signing_arns)))
    return granted


def _arn(stack: Stack, grant: Grant, names: Names) -> str:
    index = f"/index/{grant.index}" if grant.index else ""
    return stack.format_arn(
        service="dynamodb", resource="table", resource_name=names.table(grant.table) + index
    )


def _unwrap(purposes: tuple[str, ...], key_arn: str) -> iam.PolicyStatement:
    """Decrypt under the room's own purposes, named by nothing but `purpose`."""
    return iam.PolicyStatement(
        actions=["kms:Decrypt"],
        resources=[key_arn],
        conditions={
            "StringEquals": {_PURPOSE: sorted(purposes)},
            "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["purpose"]},
        },
    )


def _write_logs(log_group: logs.LogGroup) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
    )
