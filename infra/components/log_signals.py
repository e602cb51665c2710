"""What is read out of log lines: filters that turn them into metrics, each worth an alarm.

The rooms answer every failure themselves, so Lambda's own error count sees only crashes and
time-outs; what went wrong stands in the line that each request writes. The tests put real lines
of real failures through these patterns.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from functions.manifest import Host, Room
from infra.names import Names

METRIC_VALUE = "1"


@dataclass(frozen=True)
class Signal:
    """One metric, summed over every log group that feeds it.

    pattern: CloudWatch's filter pattern for JSON lines. at_least: how many in five minutes are
    worth waking somebody. rooms: whose lines count; None for the hosts' access logs. value: what
    a line adds: 1, or a number that stands in it, of which the largest in `minutes` is then meant.
    """

    name: str
    pattern: str
    at_least: int
    meaning: str
    rooms: Callable[[Room], bool] | None
    value: str = METRIC_VALUE
    unit: str = "Count"
    statistic: str = "Sum"
    minutes: int = 5


def _any_of(member: str, *starts: str) -> str:
    return "{ " + " || ".join(f'($.{member} = "{start}*")' for start in starts) + " }"


SERVER_ERRORS = Signal(
    "ServerErrors",
    '{ $.status = "5*" }',
    5,
    "Answers of 500 and above, ours or the gateway's.",
    None,
)
HELD_OFF = Signal(
    "HeldOff", '{ $.status = "429" }', 50, "Calls refused for the throttle of their route.", None
)
UNFORESEEN = Signal(
    "UnforeseenErrors",
    "{ $.exception = * }",
    1,
    "An error that no code expected: a defect, or a deployment that is wrong.",
    lambda room: True,
)
KMS_FAILURES = Signal(
    "KmsFailures",
    _any_of(
        "detail",
        "kms ",
        "unwrapping signing key",
        "the stored private key",
        "no active sealing key",
        "no current ",
        "the current ",
    ),
    1,
    "A key could not be used: KMS refused or did not answer, or no key is published.",
    lambda room: bool(room.unwraps or room.signs or room.makes_signing_pairs),
)
CLONE_SUSPECTED = Signal(
    "ClonedPasskeys",
    _any_of("warning", "signature counter"),
    1,
    "A synced passkey came back with a counter that did not rise: it may have been copied.",
    lambda room: room.name == "authenticate",
)
REPLAYED = Signal(
    "ReplayedLogins",
    _any_of("detail", "replayed"),
    1,
    "A spent code or refresh token came back, and its login was ended.",
    lambda room: room.name == "token",
)
MAIL_FAILURES = Signal(
    "MailFailures",
    _any_of("detail", "ses "),
    1,
    "SES refused a message or did not answer.",
    lambda room: True,
)
CLEANUP_LAG = Signal(
    "CleanupLag",
    "{ $.lag_s = * }",
    3600,
    "Seconds for which the oldest entry that a cleanup left behind has been due.",
    lambda room: room.name == "expiry_cleanup",
    value="$.lag_s",
    unit="Seconds",
    statistic="Maximum",
    minutes=15,
)
COUNTED = tuple(
    Signal(
        name,
        "{ $.lag_s = * }",
        0,
        meaning,
        lambda room: room.name == "expiry_cleanup",
        value=f"$.{member}",
    )
    for name, member, meaning in (
        ("JobsClosed", "closed", "Binding jobs closed because their time was over."),
        ("JobsRemoved", "removed", "Binding jobs removed, long after they had ended."),
    )
)
"""Shown on the dashboard; no number of them is worth an alarm."""
ALWAYS = (SERVER_ERRORS, HELD_OFF, UNFORESEEN, KMS_FAILURES, CLONE_SUSPECTED, REPLAYED, CLEANUP_LAG)


def count(scope: Construct, signal: Signal, rooms: list[Room], names: Names) -> cloudwatch.Metric:
    """Filter every log group of the signal into its metric, and return that."""
    for group_name in _log_groups(signal, rooms, names):
        logs.CfnMetricFilter(
            scope,
            f"{signal.name}In{_identifier(group_name)}",
            log_group_name=group_name,
            filter_pattern=signal.pattern,
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=names.metric_namespace,
                    metric_name=signal.name,
                    metric_value=signal.value,
                    unit=signal.unit,
                )
            ],
        )
    return cloudwatch.Metric(
        namespace=names.metric_namespace,
        metric_name=signal.name,
        statistic=signal.statistic,
        period=Duration.minutes(signal.minutes),
    )


def _log_groups(signal: Signal, rooms: list[Room], names: Names) -> Iterator[str]:
    if signal.rooms is None:
        yield from (names.access_log_group(host) for host in Host)
        return
    yield from (names.function_log_group(room) for room in rooms if signal.rooms(room))


def _identifier(group_name: str) -> str:
    words = group_name.rpartition("/")[2].replace("-", "_").split("_")
    return "".join(word.capitalize() for word in words)
