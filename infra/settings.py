"""A deployment's settings: the `keybound:…` keys of the CDK context, from cdk.json or `-c`.

`docs/deploy.md` has a row for each.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from infra import setting_readers as read_as

PREFIX = "keybound:"
KMS, KMS_DATA_KEY_PAIR = "kms", "kms-data-key-pair"
# What an app stack tells of its settings in its output `Settings`, for the command line.
TOLD = (
    "signing_mode",
    "signing_algorithms",
    "signing_slots",
    "directory_table_name",
    "sender",
    "longest_access_token_s",
    "longest_refresh_token_s",
)

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?=.{{1,180}}$)({_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}"
_CERTIFICATE = r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+"
_EDGE_CERTIFICATE = _CERTIFICATE.replace(r"acm:[a-z0-9-]+", "acm:us-east-1")
_TOPIC = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}"
_MAILBOX = r"(?=.{1,200}$)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + _DOMAIN


class SettingsError(Exception):
    """Settings that make no deployment; the message has one line for each that is wrong."""


@dataclass(frozen=True)
class Settings:
    """What makes one deployment differ from another.

    disposable: tables and keys go when the stack goes; never for the stage `prod`.
    signing_mode: `kms`, every signature made by KMS; or `kms-data-key-pair`, in process by pairs
    that KMS makes and wraps. signing_slots: KMS keys that sign; none are needed in the latter mode.
    requests_per_second, request_burst: the throttle of each route.
    cache_ttl_s: how long a function may serve applications and configs from memory.
    longest_access_token_s, longest_refresh_token_s: above which no application's tokens live; the
    latter also how long what is sealed to find a login can be opened.
    snap_start: functions start from a snapshot of their loaded code.
    directory_table_name: the Directory in use, when it is not the state stack's but a restored one.
    sender: the address that mail comes from; SES then has its domain and a configuration set.
    mails_per_recipient, mails_per_realm: how many may go out in a day.
    watch: alarms and a dashboard; alarms go to alarm_topic_arn, else to a topic of their own, with
    alarm_email subscribed. edge_origin_domain_name: what the auth API's own endpoint is called;
    CloudFront is then put in front of it, and calls that bypass CloudFront are refused.
    edge_certificate_arn or edge_hosted_zone_id: where its certificate comes from.
    edge_requests_per_5_minutes: how many one address may make before it is held off.
    edge_secret_version: which version of the origin secret CloudFront sends, once it was replaced.
    """

    name: str = "keybound"
    stage: str = "prod"
    auth_domain_name: str = ""
    api_domain_name: str = ""
    auth_certificate_arn: str = ""
    api_certificate_arn: str = ""
    signing_mode: str = KMS
    signing_algorithms: tuple[str, ...] = ("RS256", "ES256")
    signing_slots: tuple[str, ...] = ("a",)
    log_retention_days: int = 90
    requests_per_second: int = 100
    request_burst: int = 200
    cache_ttl_s: int = 30
    longest_access_token_s: int = 86_400
    longest_refresh_token_s: int = 7_776_000
    disposable: bool = False
    snap_start: bool = False
    directory_table_name: str = ""
    sender: str = ""
    mails_per_recipient: int = 10
    mails_per_realm: int = 1000
    watch: bool = False
    alarm_topic_arn: str = ""
    alarm_email: str = ""
    edge_origin_domain_name: str = ""
    edge_certificate_arn: str = ""
    edge_hosted_zone_id: str = ""
    edge_requests_per_5_minutes: int = 3000
    edge_secret_version: str = ""

    @property
    def edge(self) -> bool:
        """Whether CloudFront stands in front of the auth host."""
        return bool(self.edge_origin_domain_name)


def from_context(read: Callable[[str], Any], keys: Mapping[str, Any] | None = None) -> Settings:
    """Read and check every setting.

    read: returns a context value by its whole key, or None. keys: all context known to the
    caller, so that a misspelt key is refused instead of ignored. Raises SettingsError.
    """
    problems = [
        f"{key}: no such setting (there are: {', '.join(sorted(_READERS))})"
        for key in keys or {}
        if key.startswith(PREFIX) and key.removeprefix(PREFIX) not in _READERS
    ]
    values = {}
    for name, reader in _READERS.items():
        given = read(PREFIX + name)
        if given is None:
            continue
        try:
            values[name] = reader(given)
        except ValueError as error:
            problems.append(f"{PREFIX}{name}: {error}, got {given!r}")
    if not problems:
        settings = Settings(**values)
        problems = [PREFIX + each for each in _contradictions(settings)]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _contradictions(settings: Settings) -> Iterator[str]:
    for host in ("auth", "api"):
        named = getattr(settings, f"{host}_domain_name")
        if getattr(settings, f"{host}_certificate_arn") and not named:
            yield f"{host}_certificate_arn: needs {PREFIX}{host}_domain_name"
    if settings.auth_domain_name and settings.auth_domain_name == settings.api_domain_name:
        yield f"api_domain_name: must differ from {PREFIX}auth_domain_name"
    if settings.disposable and settings.stage == "prod":
        yield "disposable: never for the stage prod, whose data is kept"
    if settings.signing_mode == KMS and not settings.signing_slots:
        yield f"signing_slots: expected at least one in the signing mode {KMS}"
    if settings.request_burst < settings.requests_per_second:
        yield f"request_burst: at least {PREFIX}requests_per_second"
    yield from _contradictions_of_the_edge(settings)
    if (settings.alarm_topic_arn or settings.alarm_email) and not settings.watch:
        yield "watch: must be true for alarms to go anywhere"
    if settings.alarm_topic_arn and settings.alarm_email:
        yield f"alarm_email: subscribe it to the topic of {PREFIX}alarm_topic_arn yourself"


def _contradictions_of_the_edge(settings: Settings) -> Iterator[str]:
    certificates = [settings.edge_certificate_arn, settings.edge_hosted_zone_id]
    if not settings.edge:
        if any(certificates):
            yield f"edge_origin_domain_name: needed by the other {PREFIX}edge settings"
        return
    if not settings.auth_domain_name:
        yield f"edge_origin_domain_name: needs {PREFIX}auth_domain_name"
    if settings.auth_certificate_arn:
        yield f"auth_certificate_arn: with {PREFIX}edge_origin_domain_name CloudFront serves it"
    if settings.edge_origin_domain_name == settings.auth_domain_name:
        yield "edge_origin_domain_name: the API's own endpoint, not the name that CloudFront serves"
    if sum(map(bool, certificates)) != 1:
        yield f"edge_certificate_arn: expected this or {PREFIX}edge_hosted_zone_id"


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": read_as.text(
        r"[a-z][a-z0-9-]{0,14}[a-z0-9]", "2 to 16 of a-z, 0-9 and -, starting with a letter"
    ),
    "stage": read_as.text(
        r"[a-z][a-z0-9-]{0,14}[a-z0-9]", "2 to 16 of a-z, 0-9 and -, starting with a letter"
    ),
    "auth_domain_name": read_as.text(_DOMAIN, "a domain name in lower case", optional=True),
    "api_domain_name": read_as.text(_DOMAIN, "a domain name in lower case", optional=True),
    "auth_certificate_arn": read_as.text(_CERTIFICATE, "an ACM certificate's ARN", optional=True),
    "api_certificate_arn": read_as.text(_CERTIFICATE, "an ACM certificate's ARN", optional=True),
    "signing_mode": read_as.one_of(KMS, KMS_DATA_KEY_PAIR),
    "signing_algorithms": read_as.some_of("RS256", "ES256", first="RS256"),
    "signing_slots": read_as.some_of("a", "b"),
    "log_retention_days": read_as.retention,
    "requests_per_second": read_as.number(1, 10_000),
    "request_burst": read_as.number(1, 20_000),
    "cache_ttl_s": read_as.number(0, 300),
    "longest_access_token_s": read_as.number(300, 86_400),
    "longest_refresh_token_s": read_as.number(3600, 31_536_000),
    "disposable": read_as.flag,
    "snap_start": read_as.flag,
    "directory_table_name": read_as.text(
        r"[A-Za-z0-9_.-]{3,255}", "a DynamoDB table's name", optional=True
    ),
    "sender": read_as.text(_MAILBOX, "an address such as no-reply@example.com", optional=True),
    "mails_per_recipient": read_as.number(1, 1_000),
    "mails_per_realm": read_as.number(1, 1_000_000),
    "watch": read_as.flag,
    "alarm_topic_arn": read_as.text(_TOPIC, "an SNS topic's ARN", optional=True),
    "alarm_email": read_as.text(_MAILBOX, "an address such as ops@example.com", optional=True),
    "edge_origin_domain_name": read_as.text(_DOMAIN, "a domain name in lower case", optional=True),
    "edge_certificate_arn": read_as.text(
        _EDGE_CERTIFICATE, "the ARN of an ACM certificate in us-east-1", optional=True
    ),
    "edge_hosted_zone_id": read_as.text(r"Z[A-Z0-9]{5,31}", "a hosted zone's id", optional=True),
    "edge_requests_per_5_minutes": read_as.number(10, 2_000_000),
    "edge_secret_version": read_as.text(
        r"[A-Za-z0-9-]{32,64}", "the id of a version in Secrets Manager", optional=True
    ),
}

assert set(_READERS) == {field.name for field in fields(Settings)}
