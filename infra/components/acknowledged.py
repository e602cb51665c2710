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


def secret_rotated_by_hand(secret: Construct) -> None:
    """SMG4."""
    _acknowledge(
        secret,
        "SMG4",
        "The secret is drawn by Secrets Manager and seen by nobody. A new one is of use only once"
        " CloudFront sends it, so it is replaced by a deployment and not by a schedule"
        " (docs/operations.md).",
    )


def edge_without_borders(distribution: Construct) -> None:
    """CFR1, CFR3."""
    _acknowledge(
        distribution,
        "CFR1",
        "People sign in from wherever they are; who may not is for the firewall and for law.",
    )
    _acknowledge(
        distribution,
        "CFR3",
        "Access is logged by standard logging version 2, whose fields are chosen. The kind that"
        " this rule looks for always holds query strings, and links carry their token there.",
    )


def served_by_cloudfront_alone(bucket: Construct) -> None:
    """S1."""
    _acknowledge(
        bucket,
        "S1",
        "It holds public files that only CloudFront can read, and CloudFront's own access log"
        " has every request.",
    )


def _acknowledge(construct: Construct, rule: str, reason: str) -> None:
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
    )
