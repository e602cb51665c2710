"""A deployment in this process for benchmarks: moto, tables, keys, one tenant, real rooms."""

import json
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from functions.manifest import Host
from tools.devserver import cloud
from tools.devserver.events import HttpAnswer, HttpCall
from tools.devserver.invocation import call_route

AUTH_BASE_URL = "https://auth.example.com"
API_BASE_URL = "https://api.example.com"
# Warm means that configuration is in memory; nothing may fall out of it while rounds are timed.
_CACHE_TTL_S = "3600"


class BenchError(Exception):
    """What was to be measured did not happen; the message says what came instead."""


@dataclass(frozen=True)
class Call:
    """A request to one of the two hosts."""

    host: Host
    http: HttpCall

    def send(self) -> HttpAnswer:
        """Answer it in process. Raises BenchError unless the answer is a success."""
        answer = call_route(self.host, self.http)
        if answer.status >= 400:
            text = answer.body.decode("utf-8", "replace")[:500]
            raise BenchError(f"{self.http.method} {self.http.path}: {answer.status} {text}")
        return answer

    def members(self) -> dict[str, Any]:
        """Send it and return the JSON object it is answered with."""
        content: dict[str, Any] = json.loads(self.send().body)
        return content


def get(url: str, token: str = "", **headers: str) -> Call:
    return _call("GET", url, b"", token, headers)


def preflight(url: str, origin: str) -> Call:
    asked = {"origin": origin, "access-control-request-method": "POST"}
    return _call("OPTIONS", url, b"", "", asked)


def post_json(url: str, content: Mapping[str, Any], token: str = "", **headers: str) -> Call:
    headers["content-type"] = "application/json"
    return _call("POST", url, json.dumps(content).encode(), token, headers)


def post_form(url: str, form: Mapping[str, str], client: tuple[str, str]) -> Call:
    """A form with client authentication by Basic (RFC 6749 §2.3.1)."""
    basic = b64encode(":".join(client).encode()).decode()
    headers = {
        "authorization": f"Basic {basic}",
        "content-type": "application/x-www-form-urlencoded",
    }
    return _call("POST", url, urlencode(form).encode(), "", headers)


def _call(method: str, url: str, body: bytes, token: str, headers: Mapping[str, str]) -> Call:
    host = Host.AUTH if url.startswith(AUTH_BASE_URL) else Host.API
    base = AUTH_BASE_URL if host is Host.AUTH else API_BASE_URL
    sent = list(headers.items())
    if token:
        sent.append(("authorization", f"Bearer {token}"))
    return Call(host, HttpCall(method, url.removeprefix(base), sent, body))


@contextmanager
def deployment() -> Iterator[Any]:
    """Make a deployment and yield its tenant's ManagementClient; one at a time in a process."""
    before = dict(os.environ)
    cloud.forget_real_accounts()
    stop_moto = cloud.start_moto()
    try:
        yield _make()
    finally:
        stop_moto()
        _forget()
        os.environ.clear()
        os.environ.update(before)


def _make() -> Any:
    # moto must be there before botocore makes its first session.
    from keybound.edge import aws

    from functions import composition
    from tools.cli import bootstrap

    _forget()
    made = cloud.create_keys(aws.kms())
    cloud.create_tables(aws.dynamodb())
    urls = {"auth_base_url": AUTH_BASE_URL, "api_base_url": API_BASE_URL}
    os.environ.update(cloud.room_environment(made, **urls))
    os.environ["KEYBOUND_CACHE_TTL_S"] = _CACHE_TTL_S
    deployed = bootstrap.Deployment(
        directory=composition.directory(),
        kms=aws.kms,
        sealing_key_id=made.sealing_key_id,
        clock=composition.clock,
        randomness=composition.randomness,
        **urls,
    )
    bootstrap.create_sealing_keys(deployed)
    bootstrap.publish_signing_keys(deployed, made.signing_key_ids)
    return bootstrap.create_tenant(deployed, "Benchmarks")


def _forget() -> None:
    """Let rooms and their shared parts be built anew."""
    import sys

    from functions import composition

    composition.forget()
    for name, module in list(sys.modules.items()):
        if name.startswith("functions.") and name.endswith(".wiring"):
            for member in vars(module).values():
                if clear := getattr(member, "cache_clear", None):
                    clear()
