"""`keybound` as a person types it, with the rooms of this process behind its HTTP calls."""

import json
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.platform import Platform
from tools.cli.doctor.http_client import Answer
from tools.cli.main import main
from tools.cli.management import api

_TOKENS: dict[tuple[str, str, bytes], Answer] = {}
"""Good answers of the token room: each command asks anew, which would cost most of the time."""


@dataclass
class CommandLine:
    """A home folder with one profile, `test`, of the platform's management client.

    sent: method, URL and headers of every call. replies: answers to give instead, in order;
    an exception is raised.
    """

    platform: Platform
    home: Path
    sent: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    replies: list[Answer | Exception] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.home / "keybound" / "config.toml"

    def run(self, *arguments: str, input: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=input)

    def said(self, *arguments: str) -> str:
        """Return what a command that succeeds prints."""
        result = self.run(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.said(*arguments, "--json"))

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        longest: int,
    ) -> Answer:
        self.sent.append((method, url, headers))
        if self.replies:
            reply = self.replies.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply
        known = (self.platform.tenant_id, headers.get("authorization", ""), body or b"")
        if url.endswith("/token") and known in _TOKENS:
            return _TOKENS[known]
        # A room that is loaded now keeps this stdout for its log lines: not the command's.
        with redirect_stdout(sys.__stdout__):
            answer = self.platform.call(method, url, headers=headers, body=body or b"")
        assert len(answer.body) < longest
        given = Answer(answer.status, answer.headers, answer.body)
        if url.endswith("/token") and given.status == 200:
            _TOKENS[known] = given
        return given

    def ready(self) -> dict[str, Any]:
        """What `keybound dev --ready-file` would write."""
        management = self.platform.management
        return {
            "auth_base_url": self.platform.auth_base_url,
            "api_base_url": self.platform.api_base_url,
            "tenant_id": self.platform.tenant_id,
            "realm_id": self.platform.realm_id,
            "management": {
                "issuer": management.issuer,
                "token_endpoint": management.token_endpoint,
                "client_id": management.client_id,
                "client_secret": management.client_secret,
            },
        }

    def add_profile(self, name: str = "test", **changes: Any) -> None:
        """Store a profile; `changes` are members of the file that it is read from."""
        source = self.home / "ready.json"
        source.write_text(json.dumps(self.ready() | changes), "utf-8")
        self.said("profile", "add", name, "--from-file", str(source), "--replace")


def command_line(platform: Platform, home: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a command line with its profile, and no `KEYBOUND_…` variable of the outside."""
    line = CommandLine(platform, home)
    for name in ("API_BASE_URL", "CLIENT_SECRET", "PROFILE", "REALM_ID"):
        monkeypatch.delenv(f"KEYBOUND_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setattr(api, "exchange", line.exchange)
    monkeypatch.setattr(api, "pause", line.waits.append)
    line.add_profile()
    return line
