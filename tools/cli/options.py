"""Options that several commands share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

SIGNING_MODES = ("kms", "kms-data-key-pair")


def keeps_secrets(url: str) -> bool:
    """Tell whether what is sent there is for the other side alone: https, or http of this
    machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    local = parts.scheme == "http" and host in ("localhost", "127.0.0.1")
    return bool(host) and "@" not in parts.netloc and (local or parts.scheme == "https")


class BaseUrl(click.ParamType[str]):
    """An https address without a path, or an http one of this machine. A slash at the end goes."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).rstrip("/")
        if not keeps_secrets(text):
            self.fail(f"{value} is no https address", param, ctx)
        parts = urlsplit(text)
        if parts.path or parts.query or parts.fragment or len(text) > 200:
            self.fail(f"{value} is more than https://host[:port]", param, ctx)
        return text


class Text(click.ParamType[str]):
    """Text of a form."""

    name = "text"

    def __init__(self, pattern: str, meaning: str) -> None:
        self._pattern, self._meaning = re.compile(pattern), meaning

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text.isprintable() or not self._pattern.fullmatch(text):
            self.fail(f"expected {self._meaning}", param, ctx)
        return text


class Duration(click.ParamType[int]):
    """Seconds, or a number with s, m, h or d."""

    name = "duration"

    def __init__(self, least: int = 1) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", str(value))
        if match is None:
            self.fail(f"expected seconds, or 15m, 2h, 7d: not {value}", param, ctx)
        seconds = int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
        if seconds < self._least:
            self.fail(f"expected {self._least} seconds or more", param, ctx)
        return seconds


DISPLAY_NAME = Text(r"(?! ).{1,100}(?<! )", "1 to 100 characters without spaces around them")
USERNAME = Text(r"[A-Za-z0-9._@+-]{1,64}", "1 to 64 of letters, digits and . _ @ + -")
HEX_ID = Text(r"[0-9a-f]{16}", "16 hexadecimal digits")

_DEPLOYMENT = (
    click.option("--name", default="", envvar="KEYBOUND_NAME", help="As in cdk.json."),
    click.option("--stage", default="", envvar="KEYBOUND_STAGE", help="As in cdk.json."),
    click.option("--region", default="", help="Else as AWS is configured."),
    click.option("--endpoint-url", default="", help="Of a local cloud."),
    click.option(
        "--stack-outputs",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="What `cdk deploy --outputs-file` wrote; else CloudFormation is asked.",
    ),
    click.option("--auth-base-url", type=BaseUrl(), help="Else from the outputs."),
    click.option("--api-base-url", type=BaseUrl(), help="Else from the outputs."),
)

_ADMIN = (
    click.option(
        "--admin-invoke-url",
        default="",
        help="Where the first administrator binds a passkey: your own page that uses the SDK.",
    ),
    click.option(
        "--admin-relying-party-id",
        default="",
        help="For an app scheme only; else derived from the invoke URL.",
    ),
)


def deployment_options(command: _Command) -> _Command:
    """Add the options that say which deployment is meant: the members of `Given`."""
    return _with(_DEPLOYMENT, command)


def admin_options(command: _Command) -> _Command:
    """Add the options that say where the administrator binds."""
    return _with(_ADMIN, command)


def _with(options: tuple[Callable[[_Command], _Command], ...], command: _Command) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command
