"""AWS clients, made when first used and kept for the life of the process.

Retries are botocore's standard mode; time-outs are short because people wait for the answer.
"""

from functools import cache
from typing import Any

_TIMEOUTS = {"connect_timeout": 2, "read_timeout": 4}


@cache
def client(service: str) -> Any:
    """Return the low-level client of a service."""
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": 3}, tcp_keepalive=True, **_TIMEOUTS
    )
    return boto3.client(service, config=config)


def dynamodb() -> Any:
    """Return the DynamoDB client."""
    return client("dynamodb")


def kms() -> Any:
    """Return the KMS client."""
    return client("kms")
