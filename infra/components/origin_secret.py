"""The secret by which a host knows what stands in front of it."""

from aws_cdk import Aws, CfnCondition, Fn, RemovalPolicy, SecretValue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.components.acknowledged import secret_rotated_by_hand
from infra.names import Names

# What `keybound.edge.origin` looks at. CloudFront overwrites what a caller sent under this name.
HEADER = "x-keybound-origin"
EDGE_REGION = "us-east-1"
_CHARACTERS = 64


def origin_secret(scope: Construct, names: Names, *, disposable: bool) -> secretsmanager.Secret:
    """Let Secrets Manager draw the secret, and keep a copy where CloudFront's stack is made."""
    secret = secretsmanager.Secret(
        scope,
        "OriginSecret",
        secret_name=names.origin_secret,
        description="Keybound: CloudFront shows it to the auth host",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            password_length=_CHARACTERS, exclude_punctuation=True
        ),
        removal_policy=RemovalPolicy.DESTROY if disposable else RemovalPolicy.RETAIN,
    )
    elsewhere = CfnCondition(
        scope,
        "IsNotTheEdgeRegion",
        expression=Fn.condition_not(Fn.condition_equals(Aws.REGION, EDGE_REGION)),
    )
    resource = secret.node.default_child
    assert isinstance(resource, secretsmanager.CfnSecret)
    resource.add_property_override(
        "ReplicaRegions",
        Fn.condition_if(elsewhere.logical_id, [{"Region": EDGE_REGION}], Aws.NO_VALUE),
    )
    secret_rotated_by_hand(secret)
    return secret


def as_header(names: Names, version_id: str) -> dict[str, str]:
    """Return the header for CloudFront, its value a reference that CloudFormation resolves.

    version_id: names one version, so that a new secret is a change of the template; empty for the
    one that is current when the stack is made.
    """
    value = SecretValue.secrets_manager(names.origin_secret, version_id=version_id or None)
    return {HEADER: value.unsafe_unwrap()}
