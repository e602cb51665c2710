"""AWS WAF in front of CloudFront: one rule, which holds off an address that asks too often.

Nothing of a request that may be secret is kept: no query string, no Authorization, no cookie in
its log, and no samples of requests in its console.
"""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.components.log_group import arn_without_streams, log_group
from infra.names import Names
from infra.settings import Settings

_WINDOW_S = 300
_TOO_MANY_REQUESTS = 429
# `x-keybound-origin` is added behind the firewall; one that arrives here is somebody's guess.
_SECRET_HEADERS = ("authorization", "cookie", "dpop", "referer", "x-keybound-origin")


def firewall(scope: Construct, names: Names, settings: Settings) -> waf.CfnWebACL:
    """Make the access control list, for a stack in us-east-1, and its log."""
    acl = waf.CfnWebACL(
        scope,
        "Firewall",
        name=names.prefix,
        scope="CLOUDFRONT",
        default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=_visibility(f"{names.prefix}-firewall"),
        rules=[_rate_rule(settings.edge_requests_per_5_minutes)],
    )
    _log_refusals(scope, acl, names, settings)
    return acl


def _rate_rule(limit: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="rate-per-address",
        priority=0,
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=limit, evaluation_window_sec=_WINDOW_S
            )
        ),
        action=waf.CfnWebACL.RuleActionProperty(
            block=waf.CfnWebACL.BlockActionProperty(
                custom_response=waf.CfnWebACL.CustomResponseProperty(
                    response_code=_TOO_MANY_REQUESTS
                )
            )
        ),
        visibility_config=_visibility("rate-per-address"),
    )


def _visibility(metric: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )


def _log_refusals(scope: Construct, acl: waf.CfnWebACL, names: Names, settings: Settings) -> None:
    group = log_group(
        scope,
        "FirewallLog",
        log_group_name=names.firewall_log_group,
        days=settings.log_retention_days,
    )
    redacted = [waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={})]
    redacted += [
        waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
        for name in _SECRET_HEADERS
    ]
    waf.CfnLoggingConfiguration(
        scope,
        "FirewallLogging",
        resource_arn=acl.attr_arn,
        log_destination_configs=[arn_without_streams(group)],
        redacted_fields=redacted,
        logging_filter={
            "DefaultBehavior": "DROP",
            "Filters": [
                {
                    "Behavior": "KEEP",
                    "Requirement": "MEETS_ANY",
                    "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                }
            ],
        },
    )
