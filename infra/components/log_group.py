"""A log group that is there before anything writes to it, with its retention."""

from typing import cast

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct, name: str, *, log_group_name: str, days: int) -> logs.LogGroup:
    """Make a log group that goes with its stack.

    Were it retained, a first deployment that failed would leave it behind, and the second could
    not make a group of the same name.
    """
    group = logs.LogGroup(
        scope, name, log_group_name=log_group_name, removal_policy=RemovalPolicy.DESTROY
    )
    cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = days
    return group


def arn_without_streams(group: logs.LogGroup) -> str:
    """Return the group's ARN without the `:*` that its attribute Arn ends with."""
    return Stack.of(group).format_arn(
        service="logs",
        resource="log-group",
        resource_name=group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
