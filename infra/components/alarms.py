"""Alarms, all of one form: a metric over five minutes, a threshold, one place to tell."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from functions.manifest import Room, Table
from infra.names import Names

FIVE_MINUTES = Duration.minutes(5)
# People wait for an answer of a route; a first start of a function is within this.
_SLOW_MS = 3000
# DynamoDB counts its own errors by operation. Transactions count as their own.
_OPERATIONS = ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
_TRANSACTIONS = "TransactWriteItems"
# What SES itself warns at, before it pauses an account (5 and 0.1 per cent).
_BOUNCES, _COMPLAINTS = 0.05, 0.001


class Alarms:
    """Makes alarms in a stack; `made` are those so far. All tell the same topic."""

    def __init__(self, scope: Construct, names: Names, topic: sns.ITopic) -> None:
        self._scope, self._names = scope, names
        self._tell = actions.SnsAction(topic)
        self.made: list[cloudwatch.Alarm] = []

    def on(
        self,
        subject: str,
        metric: cloudwatch.IMetric,
        meaning: str,
        *,
        at_least: float = 1,
        periods: int = 1,
        below: bool = False,
    ) -> None:
        """Alarm when the metric is at least `at_least`; with `below`, when it is less than that or
        nothing arrives at all. docs/operations.md has a row for each kind."""
        operators = cloudwatch.ComparisonOperator
        missing = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self._scope,
            f"{''.join(part.capitalize() for part in subject.replace('_', '-').split('-'))}Alarm",
            alarm_name=self._names.alarm(subject),
            alarm_description=f"{meaning} What to do: docs/operations.md, Alarms.",
            metric=metric,
            threshold=at_least,
            evaluation_periods=periods,
            comparison_operator=operators.LESS_THAN_THRESHOLD
            if below
            else operators.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing.BREACHING if below else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._tell)
        alarm.add_ok_action(self._tell)
        self.made.append(alarm)

    def on_room(self, room: Room) -> None:
        """Crashes and time-outs, refused starts, slow answers; a schedule that does not run."""
        name = room.name
        self.on(f"{name}-errors", of_room(self._names, room, "Errors"), f"{name} crashed.")
        self.on(f"{name}-throttles", of_room(self._names, room, "Throttles"), f"{name} was held.")
        slow_ms = room.timeout_s * 800 if room.schedule_minutes else _SLOW_MS
        latency = of_room(self._names, room, "Duration", statistic="p99")
        self.on(f"{name}-slow", latency, f"{name} is slow.", at_least=slow_ms, periods=3)
        if room.schedule_minutes:
            every = Duration.minutes(room.schedule_minutes * 4)
            runs = of_room(self._names, room, "Invocations", period=every)
            self.on(f"{name}-missed", runs, f"{name} did not run.", below=True)

    def on_table(self, table: Table) -> None:
        """Throttled reads and writes, and DynamoDB's own errors."""
        name, title = self._names.table(table), table.value
        throttled = _sum_of(
            [_of_table(name, metric) for metric in ("ReadThrottleEvents", "WriteThrottleEvents")]
        )
        self.on(f"{title}-throttles", throttled, f"Calls on the table {title} were throttled.")
        operations = [*_OPERATIONS, *([_TRANSACTIONS] if table is Table.DIRECTORY else [])]
        failed = _sum_of(
            [_of_table(name, "SystemErrors", Operation=operation) for operation in operations]
        )
        meaning = f"DynamoDB itself failed on the table {title}."
        self.on(f"{title}-system-errors", failed, meaning, at_least=5)

    def on_mail(self) -> None:
        """What receivers and their providers say about our mail."""
        for subject, metric, limit in (
            ("mail-bounces", "Reputation.BounceRate", _BOUNCES),
            ("mail-complaints", "Reputation.ComplaintRate", _COMPLAINTS),
        ):
            rate = cloudwatch.Metric(
                namespace="AWS/SES",
                metric_name=metric,
                dimensions_map={"ses:configuration-set": self._names.configuration_set},
                statistic="Maximum",
                period=Duration.hours(1),
            )
            self.on(subject, rate, "SES may pause sending.", at_least=limit)


def of_room(
    names: Names,
    room: Room,
    metric: str,
    *,
    statistic: str = "Sum",
    period: Duration = FIVE_MINUTES,
) -> cloudwatch.Metric:
    """Return one of Lambda's metrics of a room."""
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map={"FunctionName": names.function(room)},
        statistic=statistic,
        period=period,
    )


def _of_table(name: str, metric: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/DynamoDB",
        metric_name=metric,
        dimensions_map={"TableName": name, **dimensions},
        statistic="Sum",
        period=FIVE_MINUTES,
    )


def _sum_of(metrics: list[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    """Add them up; what is missing counts as none."""
    using = {f"m{number}": metric for number, metric in enumerate(metrics)}
    expression = " + ".join(f"FILL({name}, 0)" for name in using)
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=dict(using), period=FIVE_MINUTES
    )
