"""Refuses calls that bypass what stands in front of a host (CloudFront, with its firewall).

CloudFront adds a header with a secret to every request it passes on, and overwrites one that a
caller sent. The secret lies in Secrets Manager and reaches a room by way of its role, never by its
environment. A host with nothing in front of it, and the development server, have no such setting.
"""

import hmac
import os
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from keybound.domain.clock import Clock, SystemClock
from keybound.domain.errors import Forbidden, Unavailable
from keybound.domain.parallel import together
from keybound.edge import aws

HEADER = "x-keybound-origin"
SETTING = "KEYBOUND_ORIGIN_SECRET_ID"
# For the one room that serves both hosts: the id of the API that CloudFront stands before.
GUARDED_API = "KEYBOUND_GUARDED_API_ID"
REREAD_AFTER_S = 300
_UNKNOWN_PAUSE_S = 10
_SHORTEST = 32
_STAGES = ("AWSCURRENT", "AWSPREVIOUS")

ReadSecrets = Callable[[], tuple[bytes, ...]]


class OriginGuard:
    """Knows the secrets that are in force: the current one, and the one before it.

    Both pass, because CloudFront goes on sending the old one until it is told the new one.
    """

    def __init__(self, read: ReadSecrets, clock: Clock) -> None:
        """read: returns the secrets; raises Unavailable."""
        self._read = read
        self._clock = clock
        self._known: tuple[bytes, ...] = ()
        self._read_at = 0

    def check(self, shown: str) -> None:
        """Raises Forbidden for a header that holds no secret in force; Unavailable when none
        could ever be read. Secrets that were read stay in force while they cannot be read again.
        """
        now = self._clock()
        if not self._known or now - self._read_at >= REREAD_AFTER_S:
            self._refresh(now)
        elif not self._holds(shown) and now - self._read_at >= _UNKNOWN_PAUSE_S:
            self._refresh(now)  # it may be newer than what is known
        if not self._holds(shown):
            raise Forbidden("this host is reached by its own name only", detail="bypassed the edge")

    def _holds(self, shown: str) -> bool:
        given = shown.encode("utf-8", "surrogatepass")
        return any([hmac.compare_digest(given, secret) for secret in self._known])

    def _refresh(self, now: int) -> None:
        try:
            self._known = self._read()
        except Unavailable:
            if not self._known:
                raise
        self._read_at = now


@cache
def guard() -> OriginGuard | None:
    """Return what guards this process's host, or None where nothing stands in front of it."""
    secret_id = os.environ.get(SETTING, "")
    if not secret_id:
        return None
    return OriginGuard(lambda: read_secrets(aws.client("secretsmanager"), secret_id), SystemClock())


def stands_before(api_id: str) -> bool:
    """Whether calls to this API have to come through CloudFront."""
    only = os.environ.get(GUARDED_API, "")
    return not only or api_id == only


def read_secrets(client: Any, secret_id: str) -> tuple[bytes, ...]:
    """Return the current secret and, if there is one, the previous. Raises Unavailable."""
    found = together(
        *(lambda stage=stage: _of_stage(client, secret_id, stage) for stage in _STAGES)
    )
    secrets = tuple(secret.encode() for secret in found if secret)
    # A short one could be guessed, and an empty one would be held by every call.
    if not found[0] or any(len(secret) < _SHORTEST for secret in secrets):
        raise Unavailable(detail="the origin secret is missing or too short")
    return secrets


def _of_stage(client: Any, secret_id: str, stage: str) -> str:
    try:
        answer = client.get_secret_value(SecretId=secret_id, VersionStage=stage)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return ""
        raise Unavailable(detail=f"secretsmanager {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise Unavailable(detail=f"secretsmanager {type(error).__name__}") from error
    return str(answer.get("SecretString", ""))
