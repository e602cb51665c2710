"""Bodies that make and change an application: `{"application": {…}}`.

Arrays and texts are only typed here; what they may hold depends on other members and is judged by
`keybound.directory.application_rules`. `token_endpoint_auth_method` is accepted and ignored.
"""

from typing import Any, cast

from keybound.directory.application_settings import ApplicationSettings
from keybound.directory.client_secrets import DEFAULT_OVERLAP_S
from keybound.edge.management import Body, FreeName
from pydantic import Field


class TokenConfigurationBody(Body):
    expires_after: int = 0
    refresh_token_expires_after: int = 0
    token_signing_algorithm: str = ""
    subject_field: str = ""


class ProtocolConfigBody(Body):
    type: str = ""
    confidentiality: str = ""
    grant_type: list[str] = Field(default_factory=list)
    redirect_uris: list[str] = Field(default_factory=list)
    allowed_scopes: list[str] = Field(default_factory=list)
    pkce: str = ""
    token_format: str = ""
    token_configuration: TokenConfigurationBody = TokenConfigurationBody()


class ApplicationBody(Body):
    """PATCH: only what was sent counts, so the defaults here are never stored."""

    display_name: FreeName = ""
    resource_server_id: str | None = None
    authenticator_config_id: str | None = None
    protocol_config: ProtocolConfigBody = ProtocolConfigBody()


class NewProtocolConfigBody(ProtocolConfigBody):
    type: str
    confidentiality: str
    grant_type: list[str]


class NewApplicationBody(ApplicationBody):
    """POST."""

    display_name: FreeName
    protocol_config: NewProtocolConfigBody


class SecretRotationBody(Body):
    """POST …:rotateSecret. expires_in: seconds that the present secret goes on working."""

    expires_in: int = DEFAULT_OVERLAP_S


_PROTOCOL_NAMES = {"type": "protocol", "grant_type": "grant_types"}


def settings(body: ApplicationBody) -> ApplicationSettings:
    """Return what was sent, under the names of `Application`."""
    sent = body.model_dump(exclude_unset=True)
    protocol: dict[str, Any] = sent.pop("protocol_config", {})
    sent |= protocol.pop("token_configuration", {})
    sent |= {_PROTOCOL_NAMES.get(name, name): value for name, value in protocol.items()}
    found = {n: tuple(v) if isinstance(v, list) else v for n, v in sent.items()}
    return cast(ApplicationSettings, found)
