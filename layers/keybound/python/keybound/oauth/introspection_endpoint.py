"""The introspection endpoint (RFC 7662): whether a token is good now, and what it says.

A confidential client sees its own tokens and, at the realm's endpoint, access tokens for the
resource server that it is bound to; a management token with `tokens:introspect` sees every access
token of the realm. Everything else is inactive, without a reason (§2.2, §4).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import CLIENT_CREDENTIALS, Application
from keybound.domain.clock import Clock
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.secrets import secret_matches
from keybound.oauth import claims
from keybound.oauth.access_tokens import AccessTokens, LiveToken, key_of
from keybound.oauth.client_auth import BASIC_CHALLENGE, Client
from keybound.oauth.client_form import ClientAuthentication, single_values, token_of
from keybound.oauth.errors import InvalidClient, InvalidRequest
from keybound.oauth.ports import Configuration, LoginReader, Seal
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
    *("auth_time", "sid", "tenant_id", "realm_id", "cnf", "custom"),
)
Pairs = Sequence[tuple[str, str]]
MaySee = Callable[[Application, Mapping[str, Any]], bool]


@dataclass(frozen=True)
class IntrospectionEndpoint:
    """Answers for tokens of one issuer, or of all issuers of a realm."""

    configuration: Configuration
    clients: ClientAuthentication
    access_tokens: AccessTokens
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

    def for_manager(self, t: TenantId, r: RealmId, pairs: Pairs) -> Mapping[str, Any]:
        """Return the introspection response about an access token of any issuer of the realm, for
        a caller whose management token was judged. Refresh tokens are their clients' alone.

        Raises InvalidRequest, Unavailable.
        """
        form = single_values(pairs)
        if "client_id" in form or "client_secret" in form:
            raise InvalidRequest("use one authentication method, not two")
        try:
            return self._access_token(t, r, token_of(form), lambda _application, _content: True)
        except ValueError:
            return INACTIVE

    def _introspect(
        self, caller: Application, form: Mapping[str, str], audience: str
    ) -> Mapping[str, Any]:
        if caller.is_public:
            raise InvalidClient(challenge=BASIC_CHALLENGE, detail="a public client")
        token = token_of(form)

        def may_see(application: Application, content: Mapping[str, Any]) -> bool:
            own = application.id == caller.id
            return own or (bool(audience) and audience in _audiences(content))

        try:
            if looks_like_refresh_token(token):
                return self._refresh_token(caller, token)
            return self._access_token(caller.tenant_id, caller.realm_id, token, may_see)
        except ValueError:
            return INACTIVE

    def _access_token(
        self, t: TenantId, r: RealmId, token: str, may_see: MaySee
    ) -> Mapping[str, Any]:
        shown = self.access_tokens.shown(t, r, token)
        application = self.configuration.find_application(t, r, shown.name.application_id)
        if application is None or (shown.content and not may_see(application, shown.content)):
            return INACTIVE
        found = self.access_tokens.live(shown)
        content = found.content
        if content.get("client_id") != application.client_id or not may_see(application, content):
            return INACTIVE
        if not _still_stands(application, found):
            return INACTIVE
        said = {name: content[name] for name in _SHOWN if name in content}
        return {"active": True, "token_type": "DPoP" if key_of(content) else "Bearer", **said}

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


def _audiences(content: Mapping[str, Any]) -> Sequence[str]:
    """`aud` is one text or an array of them (RFC 7519 §4.1.3)."""
    found = content.get("aud", "")
    return (found,) if isinstance(found, str) else tuple(found)


def _still_stands(application: Application, found: LiveToken) -> bool:
    live = found.login
    if live is None:
        return CLIENT_CREDENTIALS in application.grant_types
    if live.identity is None or not stands(live.login, live.identity, live.credential):
        return False
    return claims.subject(application, live.identity) == found.content.get("sub")
