"""The token endpoint: reads the form, authenticates the client, hands over to the grant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import Application
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.client_auth import authenticate_client, read_client_credentials
from keybound.oauth.errors import InvalidRequest, UnauthorizedClient, UnsupportedGrantType
from keybound.oauth.ports import Configuration


@dataclass(frozen=True)
class TokenRequest:
    """A token request whose client was authenticated."""

    application: Application
    issuer: str
    form: Mapping[str, str]


Grant = Callable[[TokenRequest], dict[str, Any]]


@dataclass(frozen=True)
class TokenEndpoint:
    """Handles token requests (RFC 6749 §3.2). grants: by `grant_type`."""

    configuration: Configuration
    grants: Mapping[str, Grant]
    auth_base_url: str

    def redeem(
        self,
        t: TenantId,
        r: RealmId,
        a: ApplicationId,
        pairs: Sequence[tuple[str, str]],
        authorization: str,
    ) -> dict[str, Any]:
        """Return the token response. Raises OAuthError of RFC 6749 §5.2, NotFound, Unavailable."""
        form = _single_values(pairs)
        shown = read_client_credentials(authorization, form)
        found = self.configuration.find_application(t, r, a)
        if found is None:
            raise NotFound("Application", a)
        application = authenticate_client(found, shown)
        grant_type = form.get("grant_type", "")
        if not grant_type:
            raise InvalidRequest("the grant_type is missing")
        grant = self.grants.get(grant_type)
        if grant is None:
            raise UnsupportedGrantType("this grant_type is not supported")
        if grant_type not in application.grant_types:
            raise UnauthorizedClient("this application may not use this grant_type")
        issuer = issuer_url(self.auth_base_url, t, r, a)
        return grant(TokenRequest(application, issuer, form))


def _single_values(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """No parameter may come twice; an empty value counts as omitted (RFC 6749 §3.2)."""
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise InvalidRequest("a parameter was sent more than once")
        form[name] = value
    return {name: value for name, value in form.items() if value}
