"""The token endpoint: reads the form, authenticates the client, hands over to the grant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import Application
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.audience import Resources, check_resources
from keybound.oauth.client_auth import Client
from keybound.oauth.client_form import ClientAuthentication, resources_of, single_values
from keybound.oauth.errors import InvalidRequest, UnauthorizedClient, UnsupportedGrantType
from keybound.oauth.token_options import TokenOptions, read_token_options


@dataclass(frozen=True)
class TokenRequest:
    """A token request whose client was authenticated. resources: each one of this client's."""

    application: Application
    issuer: str
    form: Mapping[str, str]
    options: TokenOptions
    resources: Resources = ()


Grant = Callable[[TokenRequest], dict[str, Any]]


@dataclass(frozen=True)
class TokenAnswer:
    """The members of a token response, and whom it is for."""

    content: dict[str, Any]
    client: Client


@dataclass(frozen=True)
class TokenEndpoint:
    """Handles token requests (RFC 6749 §3.2). grants: by `grant_type`."""

    clients: ClientAuthentication
    grants: Mapping[str, Grant]
    auth_base_url: str

    def redeem(
        self,
        t: TenantId,
        r: RealmId,
        a: ApplicationId,
        pairs: Sequence[tuple[str, str]],
        authorization: str,
    ) -> TokenAnswer:
        """Return the token response. Raises OAuthError of RFC 6749 §5.2, NotFound, Unavailable."""
        form = single_values(pairs)
        client = self.clients.at_issuer(t, r, a, form, authorization)
        application = client.application
        grant_type = form.get("grant_type", "")
        if not grant_type:
            raise InvalidRequest("the grant_type is missing")
        grant = self.grants.get(grant_type)
        if grant is None:
            raise UnsupportedGrantType("this grant_type is not supported")
        if grant_type not in application.grant_types:
            raise UnauthorizedClient("this application may not use this grant_type")
        issuer = issuer_url(self.auth_base_url, t, r, a)
        options, resources = read_token_options(application, form), resources_of(pairs)
        check_resources(self.clients.configuration, application, issuer, resources)
        request = TokenRequest(application, issuer, form, options, resources)
        return TokenAnswer(grant(request), client)
