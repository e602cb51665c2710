"""The one dashboard: what is asked, how fast it is answered, what fails, and every alarm."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from functions.manifest import Host, Room, Table
from infra.components.alarms import Alarms, of_room
from infra.names import Names

_WIDTH, _HALF = 24, 12


def dashboard(
    scope: Construct,
    names: Names,
    rooms: Sequence[Room],
    alarms: Alarms,
    signals: Mapping[str, cloudwatch.Metric],
    counted: Sequence[cloudwatch.Metric],
) -> cloudwatch.Dashboard:
    """Make it, named like the deployment. signals: the metrics read out of log lines, and
    counted: those of them that nobody is woken for."""
    board = cloudwatch.Dashboard(
        scope, "Dashboard", dashboard_name=names.prefix, default_interval=Duration.hours(12)
    )
    board.add_widgets(
        cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms.made), width=_WIDTH)
    )
    for host in Host:
        served = [room for room in rooms if room.host is host]
        board.add_widgets(
            _graph(f"{host.value} host: calls", [_line(names, r, "Invocations") for r in served]),
            _graph(
                f"{host.value} host: 99th percentile, ms",
                [_line(names, room, "Duration", statistic="p99") for room in served],
            ),
        )
    board.add_widgets(
        _graph("What went wrong", list(signals.values())),
        _graph("Binding jobs cleaned up", counted),
        _graph("Crashes and time-outs", [_line(names, room, "Errors") for room in rooms]),
    )
    board.add_widgets(
        _graph("Capacity units written", [_units(names, t, "Write") for t in Table]),
        _graph("Capacity units read", [_units(names, t, "Read") for t in Table]),
    )
    return board


def _graph(title: str, metrics: Sequence[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_HALF)


def _line(names: Names, room: Room, metric: str, statistic: str = "Sum") -> cloudwatch.Metric:
    return of_room(names, room, metric, statistic=statistic).with_(label=room.name)


def _units(names: Names, table: Table, kind: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/DynamoDB",
        metric_name=f"Consumed{kind}CapacityUnits",
        dimensions_map={"TableName": names.table(table)},
        statistic="Sum",
        label=table.value,
    )
