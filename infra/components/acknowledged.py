"""Findings of cdk-nag (rule pack AwsSolutions) that are meant, each with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from functions.manifest import Room


def route_without_authorizer(route: Construct, room: Room) -> None:
    """APIG4."""
    _acknowledge(
        route,
        "APIG4",
        f"The room {room.name} asks for its caller's proof itself ({room.proof.value}). An"
        " authorizer of API Gateway knows neither tenants nor binding tokens nor client"
        " authentication, and would not answer in the form that OAuth and the API promise.",
    )


def pinned_runtime(function: Construct) -> None:
    """L1."""
    _acknowledge(
        function,
        "L1",
        "Python 3.13 is what the wheels are pinned, built and tested for; the runtime is"
        " supported, and moves together with the layer.",
    )


def topic_without_own_key(topic: Construct) -> None:
    """SNS2."""
    _acknowledge(
        topic,
        "SNS2",
        "A message holds an alarm's name and numbers. CloudWatch cannot publish under the key that"
        " AWS manages for SNS, and a key of its own would cost more than the alarms.",
    )


def _acknowledge(construct: Construct, rule: str, reason: str) -> None:
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
    )
