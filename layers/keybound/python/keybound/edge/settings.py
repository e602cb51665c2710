"""A room's settings, read from its environment once per cold start.

By hand rather than by pydantic, because the hot rooms read them too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from keybound.domain.token_limits import TokenLimits

KMS = "kms"
KMS_DATA_KEY_PAIR = "kms-data-key-pair"


class SettingsError(Exception):
    """The deployment is wrong: a setting is missing or malformed."""


@dataclass(frozen=True)
class MailSettings:
    """How rooms send mail. sender: the address it comes from; empty where no mail is sent.

    per_recipient, per_realm: how many may go out in a day (UTC).
    """

    sender: str = ""
    configuration_set: str = ""
    per_recipient: int = 10
    per_realm: int = 1000


@dataclass(frozen=True)
class Settings:
    """What every room may know. Base URLs have no trailing slash.

    cache_ttl_s: how long applications, configs and realms may be served from memory.
    signing_mode: `kms`, every signature made by KMS; or `kms-data-key-pair`, in process.
    token_limits: above which no application's tokens live.
    otp_mail_function: what is called to mail one-time passwords, for the room that asks for it.
    """

    auth_base_url: str
    api_base_url: str
    directory_table: str
    grants_table: str
    sealing_key_id: str
    cache_ttl_s: int = 30
    signing_mode: str = KMS
    token_limits: TokenLimits = TokenLimits()  # noqa: RUF009 - frozen
    mail: MailSettings = MailSettings()
    otp_mail_function: str = ""


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `KEYBOUND_*` variables. Raises SettingsError naming the first one that is wrong."""
    return Settings(
        auth_base_url=_base_url(environment, "KEYBOUND_AUTH_BASE_URL"),
        api_base_url=_base_url(environment, "KEYBOUND_API_BASE_URL"),
        directory_table=_text(environment, "KEYBOUND_DIRECTORY_TABLE"),
        grants_table=_text(environment, "KEYBOUND_GRANTS_TABLE"),
        sealing_key_id=environment.get("KEYBOUND_SEALING_KEY_ID", ""),
        cache_ttl_s=_number(environment, "KEYBOUND_CACHE_TTL_S", 30),
        signing_mode=_signing_mode(environment),
        token_limits=TokenLimits(
            _number(environment, "KEYBOUND_LONGEST_ACCESS_TOKEN_S", TokenLimits.access_s),
            _number(environment, "KEYBOUND_LONGEST_REFRESH_TOKEN_S", TokenLimits.refresh_s),
        ),
        mail=_mail(environment),
        otp_mail_function=environment.get("KEYBOUND_OTP_MAIL_FUNCTION", ""),
    )


def _mail(environment: Mapping[str, str]) -> MailSettings:
    return MailSettings(
        sender=environment.get("KEYBOUND_MAIL_SENDER", ""),
        configuration_set=environment.get("KEYBOUND_MAIL_CONFIGURATION_SET", ""),
        per_recipient=_number(environment, "KEYBOUND_MAILS_PER_RECIPIENT", 10),
        per_realm=_number(environment, "KEYBOUND_MAILS_PER_REALM", 1000),
    )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _number(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    value = environment.get(name, str(otherwise))
    if not (value.isascii() and value.isdigit()):
        raise SettingsError(f"{name} must be a whole number")
    return int(value)


def _signing_mode(environment: Mapping[str, str]) -> str:
    value = environment.get("KEYBOUND_SIGNING_MODE", KMS)
    if value not in (KMS, KMS_DATA_KEY_PAIR):
        raise SettingsError(f"KEYBOUND_SIGNING_MODE must be {KMS} or {KMS_DATA_KEY_PAIR}")
    return value


def _base_url(environment: Mapping[str, str], name: str) -> str:
    value = _text(environment, name)
    if not value.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise SettingsError(f"{name} must be an https URL")
    if value.endswith("/") or len(value) > 200:
        raise SettingsError(f"{name} must have no trailing slash and at most 200 characters")
    return value
