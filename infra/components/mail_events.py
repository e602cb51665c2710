"""What SES says about our mail, brought to the room that reads it: EventBridge, one rule."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.manifest import Room
from infra.names import Names

_ATTEMPTS = 185  # as many as EventBridge makes in a day
KINDS = ("Bounce", "Complaint", "Reject")


def mail_events(scope: Construct, room: Room, names: Names, alias: lambda_.Alias) -> None:
    """Invoke the room's alias for events of this account's SES about mails of the deployment's own
    configuration set, and let nothing but this rule do so."""
    events.Rule(
        scope,
        "MailEvents",
        rule_name=names.function(room),
        description="Keybound: bounces, complaints and rejections of its mail",
        event_pattern=events.EventPattern(
            source=["aws.ses"],
            account=[Stack.of(scope).account],
            detail={
                "eventType": list(KINDS),
                "mail": {"tags": {"ses:configuration-set": [names.configuration_set]}},
            },
        ),
        targets=[
            targets.LambdaFunction(
                alias, max_event_age=Duration.hours(24), retry_attempts=_ATTEMPTS
            )
        ],
    )
