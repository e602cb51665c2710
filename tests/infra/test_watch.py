"""The optional stack that watches: what is alarmed on, whom it tells, and where that is written."""

import json
import re
from typing import Any

import pytest

from functions.manifest import Host, Table
from infra.app import REPOSITORY
from infra.components import log_signals
from tests.infra.conftest import synthesised
from tests.infra.templates import Templates, of_type, properties


def alarms(templates: Templates) -> dict[str, dict[str, Any]]:
    """By what they are called, without the deployment's prefix."""
    return {
        each["AlarmName"].removeprefix("keybound-prod-"): each
        for each in properties(templates.watch, "CloudWatch::Alarm")
    }


def test_nothing_watches_unless_it_is_asked_to(templates: Templates) -> None:
    assert not list(templates.folder.glob("*-watch.template.json"))


def test_every_room_has_alarms_on_crashes_refused_starts_and_slow_answers(
    whole: Templates,
) -> None:
    for room in whole.rooms:
        for kind, metric in (("errors", "Errors"), ("throttles", "Throttles")):
            alarm = alarms(whole)[f"{room.name}-{kind}"]
            assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
            assert alarm["Dimensions"] == [
                {"Name": "FunctionName", "Value": f"keybound-prod-{room.name}"}
            ]
            assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
        slow = alarms(whole)[f"{room.name}-slow"]
        assert (slow["MetricName"], slow["ExtendedStatistic"]) == ("Duration", "p99")
        assert 1000 < slow["Threshold"] < room.timeout_s * 1000
        assert slow["EvaluationPeriods"] == 3


def test_a_schedule_that_does_not_run_is_noticed_for_the_silence(whole: Templates) -> None:
    scheduled = [room for room in whole.rooms if room.schedule_minutes]
    assert scheduled
    for room in scheduled:
        missed = alarms(whole)[f"{room.name}-missed"]
        assert missed["ComparisonOperator"] == "LessThanThreshold"
        assert missed["TreatMissingData"] == "breaching"
        assert missed["Period"] == room.schedule_minutes * 60 * 4
    quiet = [a for a in alarms(whole).values() if a["TreatMissingData"] != "notBreaching"]
    assert len(quiet) == len(scheduled)


@pytest.mark.parametrize("table", list(Table))
def test_tables_have_alarms_on_throttled_calls_and_on_dynamodbs_own_errors(
    whole: Templates, table: Table
) -> None:
    for kind, metrics in (
        ("throttles", {"ReadThrottleEvents", "WriteThrottleEvents"}),
        ("system-errors", {"SystemErrors"}),
    ):
        alarm = alarms(whole)[f"{table}-{kind}"]
        watched = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
        assert len(watched) <= 10  # CloudWatch's limit for one alarm
        assert {each["Metric"]["MetricName"] for each in watched} == metrics
        named = {d["Value"] for m in watched for d in m["Metric"]["Dimensions"]}
        assert f"keybound-prod-{table}" in named


def test_every_operation_on_a_table_that_a_room_may_use_is_watched(whole: Templates) -> None:
    for table in Table:
        alarm = alarms(whole)[f"{table}-system-errors"]
        watched = {
            dimension["Value"]
            for each in alarm["Metrics"]
            if "MetricStat" in each
            for dimension in each["MetricStat"]["Metric"]["Dimensions"]
            if dimension["Name"] == "Operation"
        }
        used = {v for r in whole.rooms for g in r.grants if g.table is table for v in g.verbs}
        # A condition check happens only inside a transaction, which counts as itself.
        assert used - {"ConditionCheckItem"} <= watched
        assert "ConditionCheckItem" not in used or "TransactWriteItems" in watched


def test_each_signal_of_the_logs_has_filters_in_all_its_log_groups_and_an_alarm(
    whole: Templates,
) -> None:
    filters = properties(whole.watch, "Logs::MetricFilter")
    groups = {g["LogGroupName"] for g in properties(whole.app, "Logs::LogGroup")}
    assert {each["LogGroupName"] for each in filters} == groups
    for signal in (*log_signals.ALWAYS, *log_signals.COUNTED, log_signals.MAIL_FAILURES):
        named = [f for f in filters if f["MetricTransformations"][0]["MetricName"] == signal.name]
        reads = signal.rooms
        expected = (
            {f"/aws/vendedlogs/apis/keybound-prod-{host}" for host in Host}
            if reads is None
            else {f"/aws/lambda/keybound-prod-{r.name}" for r in whole.rooms if reads(r)}
        )
        assert {each["LogGroupName"] for each in named} == expected
        told = {each["MetricTransformations"][0]["MetricValue"] for each in named}
        assert told == {signal.value}
        if signal in log_signals.COUNTED:
            continue  # shown on the dashboard only
        (alarm,) = (a for a in alarms(whole).values() if a.get("MetricName") == signal.name)
        assert alarm["Namespace"] == "Keybound/keybound-prod"
        assert alarm["Threshold"] == signal.at_least


TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Watched, without mail, and with a topic that is there already."""
    folder = tmp_path_factory.mktemp("silent")
    return synthesised(folder, {"watch": True, "alarm_topic_arn": TOPIC})


def test_mail_is_watched_only_where_mail_is_sent(silent: Templates) -> None:
    template = json.dumps(silent.watch)
    assert "AWS/SES" not in template
    assert "MailFailures" not in template


def test_reputation_is_watched_before_ses_pauses_an_account(whole: Templates) -> None:
    limits = {
        each["MetricName"]: each["Threshold"]
        for each in alarms(whole).values()
        if each.get("Namespace") == "AWS/SES"
    }
    assert limits == {"Reputation.BounceRate": 0.05, "Reputation.ComplaintRate": 0.001}


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_ends(whole: Templates) -> None:
    (topic,) = of_type(whole.watch, "SNS::Topic")
    for name, alarm in alarms(whole).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}], name
        assert "docs/operations.md" in alarm["AlarmDescription"]


def test_the_topic_takes_messages_of_this_accounts_alarms_alone(whole: Templates) -> None:
    (policy,) = properties(whole.watch, "SNS::TopicPolicy")
    statements = policy["PolicyDocument"]["Statement"]
    allowed = [s for s in statements if s["Effect"] == "Allow"]
    assert [s["Principal"] for s in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]
    assert allowed[0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    (denied,) = (s for s in statements if s["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (subscription,) = properties(whole.watch, "SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_a_topic_that_is_given_is_told_and_none_is_made(silent: Templates) -> None:
    assert not of_type(silent.watch, "SNS::Topic")
    assert {alarm["AlarmActions"][0] for alarm in alarms(silent).values()} == {TOPIC}


def test_there_is_one_dashboard_that_shows_every_alarm_and_every_room(whole: Templates) -> None:
    (board,) = properties(whole.watch, "CloudWatch::Dashboard")
    assert board["DashboardName"] == "keybound-prod"
    body = whole.resolve(board["DashboardBody"])
    for alarm in of_type(whole.watch, "CloudWatch::Alarm"):
        assert f"{alarm}.Arn" in body
    for room in whole.rooms:
        assert f"keybound-prod-{room.name}" in body


def test_the_watch_imports_nothing_and_comes_after_the_app(whole: Templates) -> None:
    assert "Fn::ImportValue" not in json.dumps(whole.watch)
    artifacts = json.loads((whole.folder / "manifest.json").read_text("utf-8"))["artifacts"]
    assert "keybound-prod-app" in artifacts["keybound-prod-watch"]["dependencies"]


def test_operations_md_says_of_each_kind_of_alarm_what_to_do(whole: Templates) -> None:
    text = (REPOSITORY / "docs" / "operations.md").read_text("utf-8")
    section = text.partition("## Alarms")[2].partition("\n## ")[0]
    written = set(re.findall(r"`([a-z<>-]+)`", section))
    names = {room.name for room in whole.rooms} | set(map(str, Table))
    for name in alarms(whole):
        subject, _, kind = name.partition("-")
        row = f"<room>-{kind}" if subject in {r.name for r in whole.rooms} else name
        row = f"<table>-{kind}" if subject in set(map(str, Table)) else row
        assert row in written, f"{name} ({row}); rooms and tables: {names}"


def test_the_cleanups_lag_is_a_number_that_stands_in_its_line(whole: Templates) -> None:
    alarm = alarms(whole)["cleanup-lag"]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Maximum", 3600, 900)
    (board,) = properties(whole.watch, "CloudWatch::Dashboard")
    for name in ("CleanupLag", "JobsClosed", "JobsRemoved"):
        assert name in whole.resolve(board["DashboardBody"])
