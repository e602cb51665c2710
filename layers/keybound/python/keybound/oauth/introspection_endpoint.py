"""The introspection endpoint (RFC 7662): whether a token is good now, and what it says.

A confidential client sees its own tokens and, at the realm's endpoint, access tokens for the
resource server that it is bound to. Everything else is inactive, without a reason (§2.2, §4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import CLIENT_CREDENTIALS, Application
from keybound.domain.clock import Clock
from keybound.domain.ids import ApplicationId, RealmId, TenantId, is_uuid
from keybound.domain.issuer import issuer_url
from keybound.domain.secrets import secret_matches
from keybound.oauth import claims
from keybound.oauth.access_tokens import key_of, login_of, read_access_token
from keybound.oauth.client_auth import BASIC_CHALLENGE, Client
from keybound.oauth.client_form import ClientAuthentication, single_values, token_of
from keybound.oauth.errors import InvalidClient
from keybound.oauth.ports import Configuration, LoginReader, Seal, Verifier
from keybound.oauth.refresh import looks_like_refresh_token, open_refresh_token
from keybound.oauth.standing import stands


@dataclass(frozen=True)
class Introspected:
    """The introspection response, and who asked."""

    content: Mapping[str, Any]
    client: Client


INACTIVE: Mapping[str, Any] = {"active": False}
_SHOWN = (
    *("scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti"),
    *("auth_time", "sid", "tenant_id", "realm_id", "cnf"),
)
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class IntrospectionEndpoint:
    """Answers for tokens of one issuer, or of all issuers of a realm."""

    configuration: Configuration
    clients: ClientAuthentication
    verifier: Verifier
    logins: LoginReader
    seal: Seal
    clock: Clock
    auth_base_url: str

    def for_issuer(
        self, t: TenantId, r: RealmId, a: ApplicationId, pairs: Pairs, authorization: str
    ) -> Introspected:
        """Return the introspection response about a token of this issuer.

        Raises InvalidRequest, InvalidClient (public clients too), NotFound, Unavailable.
        """
        form = single_values(pairs)
        client = self.clients.at_issuer(t, r, a, form, authorization)
        return Introspected(self._introspect(client.application, form, audience=""), client)

    def for_realm(self, t: TenantId, r: RealmId, pairs: Pairs, authorization: str) -> Introspected:
        """Return the introspection response about a token of any issuer of the realm.

        Raises InvalidRequest, InvalidClient (public and unknown clients too), Unavailable.
        """
        form = single_values(pairs)
        client = self.clients.at_realm(t, r, form, authorization)
        audience = self._audience(client.application)
        return Introspected(self._introspect(client.application, form, audience), client)

    def _audience(self, caller: Application) -> str:
        if caller.resource_server_id is None:
            return ""
        server = self.configuration.find_resource_server(
            caller.tenant_id, caller.realm_id, caller.resource_server_id
        )
        return server.identifier if server is not None else ""

    def _introspect(
        self, caller: Application, form: Mapping[str, str], audience: str
    ) -> Mapping[str, Any]:
        if caller.is_public:
            raise InvalidClient(challenge=BASIC_CHALLENGE, detail="a public client")
        token = token_of(form)
        try:
            if looks_like_refresh_token(token):
                return self._refresh_token(caller, token)
            return self._access_token(caller, token, audience)
        except ValueError:
            return INACTIVE

    def _access_token(self, caller: Application, token: str, audience: str) -> Mapping[str, Any]:
        content = read_access_token(self.verifier, token, self.clock())
        application = self._issued_by(caller, str(content.get("iss", "")))
        if application is None or content.get("client_id") != application.client_id:
            return INACTIVE
        if application.id != caller.id and (not audience or content.get("aud") != audience):
            return INACTIVE
        if not self._still_stands(application, content):
            return INACTIVE
        said = {name: content[name] for name in _SHOWN if name in content}
        return {"active": True, "token_type": "DPoP" if key_of(content) else "Bearer", **said}

    def _issued_by(self, caller: Application, issuer: str) -> Application | None:
        """The application of the caller's realm whose issuer this is, exactly."""
        t, r, a = caller.tenant_id, caller.realm_id, ApplicationId(issuer.rpartition("/")[2])
        if not is_uuid(a) or issuer != issuer_url(self.auth_base_url, t, r, a):
            return None
        return self.configuration.find_application(t, r, a)

    def _still_stands(self, application: Application, content: Mapping[str, Any]) -> bool:
        locator = login_of(content, self.seal)
        if locator is None:
            return CLIENT_CREDENTIALS in application.grant_types
        live = self.logins.read(application.tenant_id, application.realm_id, locator)
        if live.identity is None or not stands(live.login, live.identity, live.credential):
            return False
        return claims.subject(application, live.identity) == content.get("sub")

    def _refresh_token(self, caller: Application, token: str) -> Mapping[str, Any]:
        """A refresh token is between its client and us: nobody else sees it."""
        t, r, now = caller.tenant_id, caller.realm_id, self.clock()
        issuer = issuer_url(self.auth_base_url, t, r, caller.id)
        shown = open_refresh_token(self.seal, token, issuer)
        live = self.logins.read(t, r, shown.locator)
        login = live.login
        if login is None or login.family is None or live.identity is None:
            return INACTIVE
        family, sub = login.family, claims.subject(caller, live.identity)
        expires = min(family.token_expires_at, family.expires_at)
        good = (
            stands(login, live.identity, live.credential)
            and login.client_id == caller.client_id
            and shown.generation == family.generation
            and secret_matches(shown.secret, family.refresh_hash)
            and now < expires
            and login.subject in ("", sub)
        )
        if not good or not caller.may_refresh:
            return INACTIVE
        said = {"scope": login.scope, "client_id": login.client_id, "exp": expires}
        return {"active": True, **said, "sub": sub, "iss": issuer, "sid": login.sid}
