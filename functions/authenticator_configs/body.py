"""Bodies that make and change an authenticator config: `{"authenticator_config": {…}}`.

What the members of `config` may hold is judged by `keybound.directory.authenticator_config_rules`.
"""

from typing import Annotated, Any, cast

from keybound.directory.authenticator_config_rules import METHODS
from keybound.directory.authenticator_config_settings import AuthenticatorConfigSettings
from keybound.directory.relying_party_file_rules import MAX_APPS
from keybound.domain.authenticator_config import AndroidApp
from keybound.edge.management import Body, FreeName, said
from pydantic import Field

from functions.authenticator_configs.settings_schema import (
    AppleAppIds,
    ExpectedOrigins,
    Fingerprints,
    InvocationType,
    InvokeUrl,
    Method,
    PackageName,
    PageUrl,
    Policy,
    RelatedOrigins,
    RelyingPartyId,
    TrustedOrigins,
    Type,
)


class MethodBody(Body):
    type: Method


class AndroidAppBody(Body):
    package_name: PackageName
    sha256_cert_fingerprints: Fingerprints


Methods = Annotated[list[MethodBody], said(minItems=1, maxItems=len(METHODS), uniqueItems=True)]
AndroidApps = Annotated[list[AndroidAppBody], said(maxItems=MAX_APPS, uniqueItems=True)]


class ConfigBody(Body):
    type: Type = ""
    invoke_url: InvokeUrl = ""
    invocation_type: InvocationType = ""
    trusted_origins: TrustedOrigins = Field(default_factory=list)
    authentication_methods: Methods = Field(default_factory=list)
    relying_party_id: RelyingPartyId = ""
    expected_origins: ExpectedOrigins = Field(default_factory=list)
    additional_passkey_policy: Policy = ""
    one_time_password_creates_identities: bool = False
    related_origins: RelatedOrigins = Field(default_factory=list)
    android_apps: AndroidApps = Field(default_factory=list)
    apple_app_ids: AppleAppIds = Field(default_factory=list)
    passkey_enroll_url: PageUrl = ""
    passkey_manage_url: PageUrl = ""
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

    type: Type


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
