"""CloudFront's access log: the fields that are named here, and no other.

The older kind of log always holds query strings; this one (standard logging, version 2) is told
its fields, like the access logs of the HTTP APIs.
"""

from aws_cdk import Aws
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.components.log_group import arn_without_streams, log_group
from infra.names import Names

FIELDS = (
    "date",
    "time",
    "x-edge-location",
    "c-ip",
    "cs-method",
    "sc-status",
    "sc-bytes",
    "cs-bytes",
    "time-taken",
    "x-edge-result-type",
    "x-edge-detailed-result-type",
    "x-edge-request-id",
    "cs-protocol",
    "ssl-protocol",
)


def edge_log(
    scope: Construct, distribution: cloudfront.Distribution, names: Names, *, days: int
) -> None:
    """Deliver the distribution's access log to a log group, for a stack in us-east-1."""
    group = log_group(scope, "EdgeLog", log_group_name=names.edge_log_group, days=days)
    source = logs.CfnDeliverySource(
        scope,
        "EdgeLogSource",
        name=names.prefix,
        log_type="ACCESS_LOGS",
        resource_arn=f"arn:{Aws.PARTITION}:cloudfront::{Aws.ACCOUNT_ID}:distribution/"
        f"{distribution.distribution_id}",
    )
    destination = logs.CfnDeliveryDestination(
        scope,
        "EdgeLogDestination",
        name=names.prefix,
        destination_resource_arn=arn_without_streams(group),
        output_format="json",
    )
    delivery = logs.CfnDelivery(
        scope,
        "EdgeLogDelivery",
        delivery_source_name=source.name,
        delivery_destination_arn=destination.attr_arn,
        record_fields=list(FIELDS),
    )
    delivery.add_resource_dependency(source)
