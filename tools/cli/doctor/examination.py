"""Puts together what is checked: what AWS keeps, both hosts, one issuer."""

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from keybound.domain.errors import PlatformError

from tools.cli.doctor import findings
from tools.cli.doctor.aws import InAws
from tools.cli.doctor.findings import Check, Finding, NotChecked
from tools.cli.doctor.hosts import Exchange, Hosts
from tools.cli.doctor.http_client import exchange
from tools.cli.doctor.issuer import Client, Issuer
from tools.cli.target import Target, TargetError

_ISSUER_PATH = re.compile(
    r"/v1/tenants/[0-9a-f]{16}/realms/[0-9a-f]{16}/applications/[0-9a-f-]{36}"
)


@dataclass(frozen=True)
class Subject:
    """What to examine. look_into_aws: None means unless the auth host is on this machine and no
    end point of a local cloud was given."""

    target: Target
    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    look_into_aws: bool | None = None


def examine(
    subject: Subject, send: Exchange = exchange, resolve: Callable[..., object] = socket.getaddrinfo
) -> list[Finding]:
    """Run every check. send, resolve: how hosts are reached. Raises TargetError when nothing says
    where the hosts are, and what AWS clients raise when only AWS could have said it."""
    auth, api = subject.target.base_urls()
    hosts = Hosts(auth, api, send, time.time, resolve)
    client = Client(subject.client_id, subject.client_secret)
    if not _looks_into_aws(subject, auth):
        issuer = Issuer(_checked(subject.issuer, auth), hosts, client)
        return findings.examine([_left_out(), *hosts.checks(), *issuer.checks()])
    in_aws = InAws(subject.target)
    url = _checked(subject.issuer, auth) or _first_issuer(in_aws)
    issuer = Issuer(url, hosts, client, in_aws.current_kids)
    return findings.examine([*in_aws.checks(), *hosts.checks(), *issuer.checks()])


def _looks_into_aws(subject: Subject, auth_base_url: str) -> bool:
    if subject.look_into_aws is not None:
        return subject.look_into_aws
    local = urlsplit(auth_base_url).hostname in ("localhost", "127.0.0.1")
    return not local or bool(subject.target.given.endpoint_url)


def _left_out() -> Check:
    def check() -> str:
        raise NotChecked("tables and keys (--aws looks into them; keybound dev keeps its own)")

    return Check("AWS", check)


def _first_issuer(in_aws: InAws) -> str:
    try:
        return in_aws.issuer()
    except (ClientError, BotoCoreError, PlatformError, TargetError):
        return ""  # the checks of AWS say why; those of the issuer say that they lack it


def _checked(issuer: str, auth_base_url: str) -> str:
    if issuer and not (
        issuer.startswith(f"{auth_base_url}/")
        and _ISSUER_PATH.fullmatch(issuer.removeprefix(auth_base_url))
    ):
        raise TargetError(f"{issuer} is no issuer of {auth_base_url}: see keybound bootstrap")
    return issuer
