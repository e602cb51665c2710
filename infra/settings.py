"""A deployment's settings: the `keybound:…` keys of the CDK context, from cdk.json or `-c`.

`docs/deploy.md` has a row for each. Values given with `-c` are text, so numbers and lists are
read from text too (`-c keybound:signing_slots=a,b`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

PREFIX = "keybound:"
KMS, KMS_DATA_KEY_PAIR = "kms", "kms-data-key-pair"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,14}[a-z0-9]")
_DOMAIN = re.compile(r"(?=.{1,180}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+")
# What CloudWatch Logs accepts.
_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)


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
    disposable: bool = False


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
        problems = list(_contradictions(settings))
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _contradictions(settings: Settings) -> list[str]:
    found = []
    for host in ("auth", "api"):
        named = getattr(settings, f"{host}_domain_name")
        if getattr(settings, f"{host}_certificate_arn") and not named:
            found.append(f"{PREFIX}{host}_certificate_arn: needs {PREFIX}{host}_domain_name")
    if settings.auth_domain_name and settings.auth_domain_name == settings.api_domain_name:
        found.append(f"{PREFIX}api_domain_name: must differ from {PREFIX}auth_domain_name")
    if settings.disposable and settings.stage == "prod":
        found.append(f"{PREFIX}disposable: never for the stage prod, whose data is kept")
    if settings.signing_mode == KMS and not settings.signing_slots:
        found.append(f"{PREFIX}signing_slots: expected at least one in the signing mode {KMS}")
    if settings.request_burst < settings.requests_per_second:
        found.append(f"{PREFIX}request_burst: at least {PREFIX}requests_per_second")
    return found


def _text(pattern: re.Pattern[str], meaning: str, *, optional: bool = False) -> Callable[..., str]:
    def read(given: Any) -> str:
        if isinstance(given, str) and (pattern.fullmatch(given) or (optional and not given)):
            return given
        raise ValueError(f"expected {meaning}")

    return read


def _number(least: int, most: int) -> Callable[..., int]:
    def read(given: Any) -> int:
        if isinstance(given, str) and given.isascii() and given.isdigit():
            given = int(given)
        if isinstance(given, int) and not isinstance(given, bool) and least <= given <= most:
            return given
        raise ValueError(f"expected a whole number from {least} to {most}")

    return read


def _retention(given: Any) -> int:
    days = _number(1, _RETENTION_DAYS[-1])(given)
    if days not in _RETENTION_DAYS:
        raise ValueError(f"expected one of {', '.join(map(str, _RETENTION_DAYS))}")
    return days


def _some_of(*allowed: str, first: str = "") -> Callable[..., tuple[str, ...]]:
    def read(given: Any) -> tuple[str, ...]:
        parts = [part for part in given.split(",") if part] if isinstance(given, str) else given
        if not isinstance(parts, list | tuple) or not set(parts) <= set(allowed):
            raise ValueError(f"expected some of {', '.join(allowed)}")
        if len(set(parts)) < len(parts) or (first and first not in parts):
            raise ValueError(f"expected each once{f', {first} among them' if first else ''}")
        return tuple(choice for choice in allowed if choice in parts)

    return read


def _signing_mode(given: Any) -> str:
    if given not in (KMS, KMS_DATA_KEY_PAIR):
        raise ValueError(f"expected {KMS} or {KMS_DATA_KEY_PAIR}")
    return str(given)


def _flag(given: Any) -> bool:
    if given in (True, "true"):
        return True
    if given in (False, "false"):
        return False
    raise ValueError("expected true or false")


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _text(_NAME, "2 to 16 of a-z, 0-9 and -, starting with a letter"),
    "stage": _text(_NAME, "2 to 16 of a-z, 0-9 and -, starting with a letter"),
    "auth_domain_name": _text(_DOMAIN, "a domain name in lower case", optional=True),
    "api_domain_name": _text(_DOMAIN, "a domain name in lower case", optional=True),
    "auth_certificate_arn": _text(_CERTIFICATE, "an ACM certificate's ARN", optional=True),
    "api_certificate_arn": _text(_CERTIFICATE, "an ACM certificate's ARN", optional=True),
    "signing_mode": _signing_mode,
    "signing_algorithms": _some_of("RS256", "ES256", first="RS256"),
    "signing_slots": _some_of("a", "b"),
    "log_retention_days": _retention,
    "requests_per_second": _number(1, 10_000),
    "request_burst": _number(1, 20_000),
    "cache_ttl_s": _number(0, 300),
    "disposable": _flag,
}

assert set(_READERS) == {field.name for field in fields(Settings)}
