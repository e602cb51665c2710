"""Invokes a room every so often: EventBridge Scheduler, with a role that can do only that."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from functions.manifest import Room
from infra.names import Names

_ATTEMPTS = 2


def schedule(scope: Construct, room: Room, names: Names, alias: lambda_.Alias) -> None:
    """Invoke the room's alias every `schedule_minutes`. A missed run is made up for by the next."""
    role = iam.Role(
        scope,
        "ScheduleRole",
        description=f"Keybound: lets the schedule invoke the room {room.name}",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        ),
        inline_policies={
            "invoke": iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        actions=["lambda:InvokeFunction"], resources=[alias.function_arn]
                    )
                ]
            )
        },
    )
    scheduler.CfnSchedule(
        scope,
        "Schedule",
        name=names.schedule(room),
        description=f"Keybound: runs {room.name}",
        schedule_expression=f"rate({_minutes(room.schedule_minutes)})",
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=alias.function_arn,
            role_arn=role.role_arn,
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=_ATTEMPTS,
                maximum_event_age_in_seconds=room.schedule_minutes * 60,
            ),
        ),
    )


def _minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"
