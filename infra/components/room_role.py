"""A room's role: exactly what the manifest grants, verb by verb, and its own log group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from functions.manifest import FALLBACK, Grant, Host, Room, Table
from infra.names import Names

_PURPOSE = "kms:EncryptionContext:purpose"
_SIGNING_PAIRS = "signing"
_LEADING_KEYS = "dynamodb:LeadingKeys"
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"})
_SIGNING_KEYS = "SIGNING_KEYS"
_SEALING_KEYS = "SEALING#*"


@dataclass(frozen=True)
class Keys:
    """ARNs of the KMS keys that rooms may be granted.

    wraps_pairs: whether the sealing key wraps the key pairs that sign (`kms-data-key-pair`).
    origin_secret_arn: the secret that guarded rooms read; empty without an edge.
    sender: the address that mail comes from; empty where none is sent.
    """

    sealing_arn: str
    signing_arns: Sequence[str]
    wraps_pairs: bool = False
    origin_secret_arn: str = ""
    sender: str = ""

    def guard(self, room: Room) -> bool:
        """Whether the room asks its callers for the origin secret: those of the auth host, and what
        answers unknown paths, on that host."""
        return bool(self.origin_secret_arn) and (room.host is Host.AUTH or room.name == FALLBACK)


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
    verbs: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for grant in room.grants:
        place = (_arn(stack, grant, names), grant.leading)
        verbs.setdefault(place, set()).update(grant.verbs)
    granted = [
        iam.PolicyStatement(
            actions=sorted(f"dynamodb:{verb}" for verb in allowed),
            resources=[resource],
            conditions=_leading(leading) if leading else None,
        )
        for (resource, leading), allowed in verbs.items()
    ]
    return [
        *granted,
        *_key_statements(room, keys),
        *_mail_statements(stack, room, names, keys),
        *_invoke_statements(stack, room, names),
        *_denials(stack, room, names),
    ]


def _mail_statements(
    stack: Stack, room: Room, names: Names, keys: Keys
) -> Iterator[iam.PolicyStatement]:
    """Allow sending from the one address, by the one configuration set."""
    if not (room.sends_mail and keys.sender):
        return
    resources = (
        ("identity", keys.sender.rpartition("@")[2]),
        ("configuration-set", names.configuration_set),
    )
    yield iam.PolicyStatement(
        actions=["ses:SendEmail"],
        resources=[
            stack.format_arn(service="ses", resource=kind, resource_name=name)
            for kind, name in resources
        ],
        conditions={"StringEquals": {"ses:FromAddress": keys.sender}},
    )


def _invoke_statements(stack: Stack, room: Room, names: Names) -> Iterator[iam.PolicyStatement]:
    """Allow calling one room, by its alias and no other way."""
    if room.invokes:
        function = names.invoked(room)
        yield iam.PolicyStatement(
            actions=["lambda:InvokeFunction"],
            resources=[
                stack.format_arn(
                    service="lambda",
                    resource="function",
                    resource_name=function,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
        )


def _leading(prefixes: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    return {"ForAllValues:StringLike": {_LEADING_KEYS: [f"{prefix}*" for prefix in prefixes]}}


def _denials(stack: Stack, room: Room, names: Names) -> Iterator[iam.PolicyStatement]:
    """Keep rooms from planting keys: the items that say which keys sign and seal are an
    operator's, and only the room that rotates may write the published ring."""
    directory = Grant(Table.DIRECTORY, ())
    verbs = {v for g in room.grants if g.table is Table.DIRECTORY for v in g.verbs}
    if not verbs & _WRITES:
        return
    theirs = [_SEALING_KEYS] if room.makes_signing_pairs else [_SEALING_KEYS, _SIGNING_KEYS]
    yield iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=sorted(f"dynamodb:{verb}" for verb in verbs & _WRITES),
        resources=[_arn(stack, directory, names)],
        conditions={"ForAnyValue:StringLike": {_LEADING_KEYS: theirs}},
    )


def _key_statements(room: Room, keys: Keys) -> Iterator[iam.PolicyStatement]:
    signs_with_pairs = room.signs and keys.wraps_pairs
    purposes = [*room.unwraps, *([_SIGNING_PAIRS] if signs_with_pairs else [])]
    if purposes:
        yield _for_purposes("kms:Decrypt", purposes, keys.sealing_arn)
    if room.makes_signing_pairs and keys.wraps_pairs:
        yield _for_purposes(
            "kms:GenerateDataKeyPairWithoutPlaintext", [_SIGNING_PAIRS], keys.sealing_arn
        )
    if room.signs and keys.signing_arns:
        yield iam.PolicyStatement(actions=["kms:Sign"], resources=list(keys.signing_arns))
    if keys.guard(room):
        yield iam.PolicyStatement(
            actions=["secretsmanager:GetSecretValue"], resources=[keys.origin_secret_arn]
        )


def _arn(stack: Stack, grant: Grant, names: Names) -> str:
    index = f"/index/{grant.index}" if grant.index else ""
    return stack.format_arn(
        service="dynamodb", resource="table", resource_name=names.table(grant.table) + index
    )


def _for_purposes(action: str, purposes: Sequence[str], key_arn: str) -> iam.PolicyStatement:
    """Allow the action under these purposes, in a context that holds nothing but `purpose`."""
    return iam.PolicyStatement(
        actions=[action],
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
