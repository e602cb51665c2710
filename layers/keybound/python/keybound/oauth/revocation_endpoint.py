"""The revocation endpoint (RFC 7009): a client gives back what it was granted.

A refresh token, current or replaced, ends its login. So does a self-contained access token: it
stands for the login it names, and §2.1 leaves it to the server to end the grant with it. A
referential one, and a client's own, end alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.access_tokens import AccessTokens
from keybound.oauth.client_auth import Client
from keybound.oauth.client_form import ClientAuthentication, single_values, token_of
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.ports import Configuration, Seal
from keybound.oauth.ports_refresh import LoginRevoker
from keybound.oauth.ports_tokens import TokenDenier
from keybound.oauth.refresh import looks_like_refresh_token, open_refresh_token


@dataclass(frozen=True)
class RevocationEndpoint:
    """Ends logins at the wish of the client that they were made for, or of a manager.

    told: ends them and lets the client know, for a manager.
    """

    configuration: Configuration
    clients: ClientAuthentication
    access_tokens: AccessTokens
    logins: LoginRevoker
    told: LoginRevoker
    denier: TokenDenier
    seal: Seal
    clock: Clock
    auth_base_url: str

    def revoke(
        self,
        t: TenantId,
        r: RealmId,
        a: ApplicationId,
        pairs: Sequence[tuple[str, str]],
        authorization: str,
    ) -> Client:
        """Revoke the token, or do nothing if it is none of this client's (§2.2). Return the client.

        Raises InvalidRequest, InvalidClient, NotFound, Unavailable.
        """
        form = single_values(pairs)
        client = self.clients.at_issuer(t, r, a, form, authorization)
        self._revoke(client.application, token_of(form), self.logins)
        return client

    def revoke_as_manager(
        self, t: TenantId, r: RealmId, a: ApplicationId, pairs: Sequence[tuple[str, str]]
    ) -> None:
        """Revoke a token of this issuer for a caller whose management token was judged.

        Raises InvalidRequest, NotFound, Unavailable.
        """
        form = single_values(pairs)
        if "client_id" in form or "client_secret" in form:
            raise InvalidRequest("use one authentication method, not two")
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        wants_to_know = bool(application.backchannel_logout_uri)
        self._revoke(application, token_of(form), self.told if wants_to_know else self.logins)

    def _revoke(self, application: Application, token: str, logins: LoginRevoker) -> None:
        t, r, a = application.tenant_id, application.realm_id, application.id
        if looks_like_refresh_token(token):
            issuer = issuer_url(self.auth_base_url, t, r, a)
            self._revoke_refresh_token(application, issuer, token, logins)
        else:
            self._revoke_access_token(application, token, logins)

    def _revoke_refresh_token(
        self, application: Application, issuer: str, token: str, logins: LoginRevoker
    ) -> None:
        try:
            shown = open_refresh_token(self.seal, token, issuer)
        except ValueError:
            return
        logins.revoke_by_refresh_token(shown, application.client_id, self.clock())

    def _revoke_access_token(
        self, application: Application, token: str, logins: LoginRevoker
    ) -> None:
        t, r = application.tenant_id, application.realm_id
        try:
            shown = self.access_tokens.shown(t, r, token)
            if shown.name.application_id != application.id:
                return
            content = shown.content or self.access_tokens.live(shown).content
        except ValueError:
            return
        if content.get("client_id") != application.client_id:
            return
        if shown.content is not None and shown.login is not None:
            sid = str(content.get("sid", ""))
            logins.revoke_by_sid(shown.login, sid, application.client_id, self.clock())
        else:
            self.denier.deny(shown.name, now=self.clock(), until=int(content["exp"]))
