"""Bodies that make and change an authenticator config: `{"authenticator_config": {…}}`.

What the members of `config` may hold is judged by `keybound.directory.authenticator_config_rules`.
"""

from typing import Any, cast

from keybound.directory.authenticator_config_settings import AuthenticatorConfigSettings
from keybound.domain.authenticator_config import AndroidApp
from keybound.edge.management import Body, FreeName
from pydantic import Field


class MethodBody(Body):
    type: str


class AndroidAppBody(Body):
    package_name: str
    sha256_cert_fingerprints: list[str]


class ConfigBody(Body):
    type: str = ""
    invoke_url: str = ""
    invocation_type: str = ""
    trusted_origins: list[str] = Field(default_factory=list)
    authentication_methods: list[MethodBody] = Field(default_factory=list)
    relying_party_id: str = ""
    expected_origins: list[str] = Field(default_factory=list)
    additional_passkey_policy: str = ""
    one_time_password_creates_identities: bool = False
    related_origins: list[str] = Field(default_factory=list)
    android_apps: list[AndroidAppBody] = Field(default_factory=list)
    apple_app_ids: list[str] = Field(default_factory=list)
    passkey_enroll_url: str = ""
    passkey_manage_url: str = ""
    confirm_orphans_credentials: bool = False


class AuthenticatorConfigBody(Body):
    """PATCH: only what was sent counts. The confirmation may stand beside `config` or, next to
    the RP ID that it is about, inside; it is never stored."""

    display_name: FreeName = ""
    config: ConfigBody = ConfigBody()
    confirm_orphans_credentials: bool = False

    @property
    def confirms_orphans(self) -> bool:
        return self.confirm_orphans_credentials or self.config.confirm_orphans_credentials


class NewConfigBody(ConfigBody):
    """Only the type is required here: what else is depends on it."""

    type: str


class NewAuthenticatorConfigBody(AuthenticatorConfigBody):
    """POST."""

    display_name: FreeName
    config: NewConfigBody


def settings(body: AuthenticatorConfigBody) -> AuthenticatorConfigSettings:
    """Return what was sent, under the names of `AuthenticatorConfig`."""
    sent = body.model_dump(exclude_unset=True)
    config: dict[str, Any] = sent.pop("config", {})
    sent.pop("confirm_orphans_credentials", None)
    config.pop("confirm_orphans_credentials", None)
    if "authentication_methods" in config:
        methods = config["authentication_methods"]
        config["authentication_methods"] = [method["type"] for method in methods]
    if "android_apps" in config:
        apps = config["android_apps"]
        config["android_apps"] = [
            AndroidApp(each["package_name"], tuple(each["sha256_cert_fingerprints"]))
            for each in apps
        ]
    sent |= config
    found = {n: tuple(v) if isinstance(v, list) else v for n, v in sent.items()}
    return cast(AuthenticatorConfigSettings, found)
