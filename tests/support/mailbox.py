"""Reads links out of mails, and lets SES answer what it seldom does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from keybound.storage import keys

from tests.support.platform import Platform
from tools.devserver.outbox import Mail


class Killed(BaseException):
    """The process ended here: nothing that handles errors sees it."""


def link_in(mail: Mail) -> str:
    """Return the one binding link of a mail: on a line of its own in the text, and in the HTML."""
    lines = [line for line in mail.text.splitlines() if ":invokeAuthenticator?token=" in line]
    assert len(lines) == 1, mail.text
    assert lines[0].startswith("http")
    assert f'href="{lines[0]}"' in mail.html
    return lines[0]


@contextmanager
def ses_answers(what: str, *, times: int = 1) -> Iterator[list[dict[str, Any]]]:
    """Let SES answer the next SendEmail so, and the ones after as it does; yields those calls.

    what: an error code of SES; `timeout`, before or `timeout after accepting`; `killed`, the
    process ends there; empty, SES as it is.
    """
    original = BaseClient._make_api_call
    asked: list[dict[str, Any]] = []

    def make_api_call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        if operation != "SendEmail" or not what or len(asked) >= times:
            return original(client, operation, params)
        asked.append(params)
        return _answer(what, lambda: original(client, operation, params))

    with patch.object(BaseClient, "_make_api_call", make_api_call):
        yield asked


@contextmanager
def fail_after_mail(operation: str) -> Iterator[list[str]]:
    """Let the first call of that operation fail that comes after a SendEmail; yields which did."""
    original = BaseClient._make_api_call
    seen: list[str] = []
    failed: list[str] = []

    def make_api_call(client: Any, called: str, params: dict[str, Any]) -> Any:
        seen.append(called)
        if called == operation and "SendEmail" in seen and not failed:
            failed.append(called)
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "x"}}, called)
        return original(client, called, params)

    with patch.object(BaseClient, "_make_api_call", make_api_call):
        yield failed


def _answer(what: str, go_on: Callable[[], Any]) -> Any:
    if what == "killed":
        raise Killed
    if what.startswith("timeout"):
        if what == "timeout after accepting":
            go_on()
        raise ReadTimeoutError(endpoint_url="https://email.invalid/")
    raise ClientError({"Error": {"Code": what, "Message": "made by a test"}}, "SendEmail")


def waiting_notices(platform: Platform) -> list[dict[str, Any]]:
    """Return the entries of mails about passkeys that are still to be sent."""
    table = platform.deployment.directory
    partitions = [keys.notice_partition(shard) for shard in range(keys.OUTBOX_SHARDS)]
    return [item for pk in partitions for item in table.query_all("pk = :pk", {":pk": pk})]


def forget_notices(platform: Platform) -> None:
    """Have none of them sent."""
    for item in waiting_notices(platform):
        platform.deployment.directory.delete(keys.Key(item["pk"], item["sk"]))
