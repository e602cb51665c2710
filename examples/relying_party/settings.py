"""What the application is told from outside: addresses, identifiers and secrets, by environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_SDK = Path(__file__).resolve().parents[2] / "web" / "sdk"


class MissingSetting(LookupError):
    """A required environment variable is absent or empty; its name is the message."""


@dataclass(frozen=True)
class Application:
    """One registered application: where it signs people in, and which config binds passkeys."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    authenticator_config_id: str

    @property
    def application_id(self) -> str:
        """The last part of the issuer: `…/applications/{application_id}`."""
        return self.issuer.rpartition("/")[2]


@dataclass(frozen=True)
class Settings:
    """`base_url` is this application's own origin and `auth_origin` the service's; no slash.

    mailbox_url: where a development server shows the mail that it sent; empty everywhere else.
    """

    base_url: str
    port: int
    auth_origin: str
    api_base_url: str
    tenant_id: str
    realm_id: str
    management_token_endpoint: str
    management_client_id: str
    management_client_secret: str = field(repr=False)
    automatic: Application
    manual: Application
    secret_key: bytes = field(repr=False)
    mailbox_url: str = ""
    sdk_folder: Path = _SDK

    @property
    def callback_url(self) -> str:
        return f"{self.base_url}/callback"

    @property
    def well_known_files(self) -> str:
        """Where the service has our domain's files, made from the config that binds passkeys."""
        realm = f"{self.auth_origin}/v1/tenants/{self.tenant_id}/realms/{self.realm_id}"
        config_id = self.automatic.authenticator_config_id
        return f"{realm}/authenticator-configs/{config_id}/well-known"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the environment.

    Raises MissingSetting for an absent variable and ValueError for an unusable one.
    """

    def value(name: str) -> str:
        if found := environment.get(name, ""):
            return found
        raise MissingSetting(name)

    def application(prefix: str) -> Application:
        return Application(
            issuer=value(f"KEYBOUND_{prefix}_APPLICATION_ISSUER"),
            client_id=value(f"KEYBOUND_{prefix}_CLIENT_ID"),
            client_secret=value(f"KEYBOUND_{prefix}_CLIENT_SECRET"),
            authenticator_config_id=value(f"KEYBOUND_{prefix}_AUTHENTICATOR_CONFIG_ID"),
        )

    port = int(value("PORT"))
    return Settings(
        # Not 127.0.0.1: a passkey belongs to a name, and an address is none.
        base_url=environment.get("DEMO_BASE_URL") or f"http://localhost:{port}",
        port=port,
        auth_origin=_origin(value("KEYBOUND_AUTH_BASE_URL")),
        api_base_url=value("KEYBOUND_API_BASE_URL").rstrip("/"),
        tenant_id=value("KEYBOUND_TENANT_ID"),
        realm_id=value("KEYBOUND_REALM_ID"),
        management_token_endpoint=value("KEYBOUND_MANAGEMENT_TOKEN_ENDPOINT"),
        management_client_id=value("KEYBOUND_MANAGEMENT_CLIENT_ID"),
        management_client_secret=value("KEYBOUND_MANAGEMENT_CLIENT_SECRET"),
        automatic=application("AUTOMATIC"),
        manual=application("MANUAL"),
        secret_key=value("DEMO_SECRET_KEY").encode(),
        mailbox_url=environment.get("DEMO_MAILBOX_URL", ""),
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"not a web address: {url}")
    return f"{parts.scheme}://{parts.netloc}"
