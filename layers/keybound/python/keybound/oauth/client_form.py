"""What every endpoint for clients does first: read the form, authenticate the client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.authorization_request import MAY_REPEAT
from keybound.oauth.client_assertion import ClientAssertions, unverified_client_id
from keybound.oauth.client_auth import (
    BASIC_CHALLENGE,
    Client,
    authenticate_client,
    read_client_credentials,
)
from keybound.oauth.errors import InvalidClient, InvalidRequest
from keybound.oauth.ports import Configuration
from keybound.oauth.ports_refresh import Clients


def single_values(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """No parameter may come twice, but `resource`, which is left out here (RFC 8707 §2); an empty
    value counts as omitted (RFC 6749 §3.2)."""
    form: dict[str, str] = {}
    for name, value in pairs:
        if name == MAY_REPEAT:
            continue
        if name in form:
            raise InvalidRequest("a parameter was sent more than once")
        form[name] = value
    return {name: value for name, value in form.items() if value}


def resources_of(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return every `resource` once, in order (RFC 8707 §2)."""
    return tuple(dict.fromkeys(value for name, value in pairs if name == MAY_REPEAT and value))


@dataclass(frozen=True)
class ClientAuthentication:
    """Says which client a form comes from, by whatever it shows."""

    configuration: Configuration
    clients: Clients
    assertions: ClientAssertions
    clock: Clock
    auth_base_url: str

    def at_issuer(
        self,
        t: TenantId,
        r: RealmId,
        a: ApplicationId,
        form: Mapping[str, str],
        authorization: str,
    ) -> Client:
        """Return the issuer's own client, authenticated.

        Raises InvalidRequest, InvalidClient, NotFound, Unavailable.
        """
        shown = read_client_credentials(authorization, form)
        found = self.configuration.find_application(t, r, a)
        if found is None:
            raise NotFound("Application", a)
        issuer = issuer_url(self.auth_base_url, t, r, a)
        return authenticate_client(found, shown, self.assertions, issuer, self.clock())

    def at_realm(
        self, t: TenantId, r: RealmId, form: Mapping[str, str], authorization: str
    ) -> Client:
        """Return a client of the realm, authenticated; its assertion is made for its own
        application's issuer. Raises InvalidRequest, InvalidClient, Unavailable."""
        shown = read_client_credentials(authorization, form)
        client_id = shown.client_id or self._asserted(shown.assertion)
        found = self.clients.find_client(t, r, client_id)
        issuer = issuer_url(self.auth_base_url, t, r, found.id) if found is not None else ""
        return authenticate_client(found, shown, self.assertions, issuer, self.clock())

    def _asserted(self, assertion: str) -> str:
        try:
            return unverified_client_id(self.assertions.signatures, assertion)
        except ValueError as error:
            raise InvalidClient(challenge=BASIC_CHALLENGE, detail=str(error)) from error


def token_of(form: Mapping[str, str]) -> str:
    """Return the `token` of a revocation or introspection request. Raises InvalidRequest.

    `token_type_hint` is not looked at: a token shows by its form what it is, and a wrong hint
    must not hide it (RFC 7009 §2.1, RFC 7662 §2.1).
    """
    token = form.get("token", "")
    if not token:
        raise InvalidRequest("the token is missing")
    return token
