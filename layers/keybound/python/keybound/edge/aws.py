"""AWS clients, made when first used and kept for the life of the process.

They are botocore's own: boto3 would add its resources and the S3 transfer manager to every cold
start and nothing that is used here. botocore itself is imported with this module, so that a
function pays for it while it starts. Retries are botocore's standard mode; time-outs are short
because people wait for the answer.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session

_TIMEOUTS = {"connect_timeout": 2, "read_timeout": 4}
_building = RLock()


@contextmanager
def _pyopenssl_left_out() -> Iterator[None]:
    """Make urllib3's pyOpenSSL support look absent to what is imported inside.

    botocore takes nothing from there but the standard library's own SSLContext, and falls back to
    that very class; yet the import brings pyOpenSSL and X.509 into rooms that use neither.
    """
    name = "urllib3.contrib.pyopenssl"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # the documented way to refuse an import
    try:
        yield
    finally:
        del sys.modules[name]


with _pyopenssl_left_out():
    import botocore.session
    from botocore.config import Config


@cache
def session() -> "Session":
    """Return the session that all clients come from."""
    return botocore.session.Session()


@cache
def client(service: str) -> Any:
    """Return the low-level client of a service."""
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 3}, tcp_keepalive=True, **_TIMEOUTS
    )
    with _building:  # sessions are not safe to use from several threads
        return session().create_client(service, config=config)


def dynamodb() -> Any:
    """Return the DynamoDB client."""
    return client("dynamodb")


def ses() -> Any:
    """Return the client of SES, version 2."""
    return client("sesv2")


def functions() -> Any:
    """Return the Lambda client."""
    return client("lambda")


def kms() -> Any:
    """Return the KMS client."""
    return client("kms")
