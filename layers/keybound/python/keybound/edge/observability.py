"""One structured line per request: ids and outcomes, never secrets, query strings or bodies."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """Return the room's logger; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger(location=None)


def log_request(message: str, *, level: str = "info", **members: Any) -> None:
    """Write one line. Members are ids, outcomes and durations."""
    getattr(logger(), level)(message, extra={k: v for k, v in members.items() if v != ""})
