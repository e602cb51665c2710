"""What watches: alarms, one dashboard, and a topic to tell. Optional."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from functions.manifest import Room, Table
from infra.components.alarms import Alarms
from infra.components.dashboard import dashboard
from infra.components.log_signals import ALWAYS, COUNTED, MAIL_FAILURES, count
from infra.names import Names
from infra.settings import Settings


class WatchStack(Stack):
    """Knows functions, tables and log groups by their names and imports nothing.

    Deployed after the app, whose log groups its filters read.
    """

    def __init__(
        self, scope: Construct, settings: Settings, names: Names, *, rooms: Sequence[Room]
    ) -> None:
        super().__init__(
            scope, names.stack("watch"), description="Keybound: alarms and a dashboard"
        )
        alarms = Alarms(self, names, self._topic(settings))
        for room in rooms:
            alarms.on_room(room)
        for table in Table:
            alarms.on_table(table)
        signals = {}
        for signal in (*ALWAYS, *([MAIL_FAILURES] if settings.sender else [])):
            signals[signal.name] = count(self, signal, list(rooms), names)
            alarms.on(
                _kebab(signal.name), signals[signal.name], signal.meaning, at_least=signal.at_least
            )
        counted = [count(self, signal, list(rooms), names) for signal in COUNTED]
        if settings.sender:
            alarms.on_mail()
        dashboard(self, names, rooms, alarms, signals, counted)

    def _topic(self, settings: Settings) -> sns.ITopic:
        """Return the topic that was named, or make one that only this account's alarms reach.

        It has no key: CloudWatch cannot publish under the one that AWS manages for SNS, and a
        message holds an alarm's name and numbers.
        """
        if settings.alarm_topic_arn:
            return sns.Topic.from_topic_arn(self, "GivenTopic", settings.alarm_topic_arn)
        topic = sns.Topic(self, "AlarmTopic", enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if settings.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)
        return topic


def _kebab(name: str) -> str:
    """`KmsFailures` gives `kms-failures`."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).removeprefix("-")
