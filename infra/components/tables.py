"""The two tables: their lives differ, their protection does not."""

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from functions.manifest import BY_END, BY_FILTER, BY_LIST, Table
from infra.names import Names

_TTL_ATTRIBUTE = "ttl"


def directory_table(scope: Construct, names: Names, *, disposable: bool) -> dynamodb.Table:
    """Make the table of tenants, identities, credentials and configuration: sparse indexes."""
    table = _table(scope, names, Table.DIRECTORY, disposable=disposable)
    filters = [(index, f"f{n}pk", f"f{n}sk") for n, index in enumerate(BY_FILTER, start=1)]
    for index, pk, sk in ((BY_LIST, "lpk", "lsk"), (BY_END, "epk", "esk"), *filters):
        table.add_global_secondary_index(
            index_name=index,
            partition_key=_text(pk),
            sort_key=_text(sk),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
    return table


def grants_table(scope: Construct, names: Names, *, disposable: bool) -> dynamodb.Table:
    """Make the table of logins: no index, and items go some time after their `ttl`."""
    return _table(scope, names, Table.GRANTS, ttl=_TTL_ATTRIBUTE, disposable=disposable)


def _table(
    scope: Construct, names: Names, kind: Table, *, disposable: bool, ttl: str | None = None
) -> dynamodb.Table:
    """AWS_MANAGED: uses of the key show in CloudTrail, and no room needs a grant on it."""
    table = dynamodb.Table(
        scope,
        f"{kind.value.capitalize()}Table",
        table_name=names.own_table(kind),
        partition_key=_text("pk"),
        sort_key=_text("sk"),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.AWS_MANAGED,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=not disposable,
        removal_policy=RemovalPolicy.DESTROY if disposable else RemovalPolicy.RETAIN,
        time_to_live_attribute=ttl,
    )
    Tags.of(table).add("keybound:table", kind.value)
    return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
