"""The revocation endpoint (RFC 7009): a client gives back what it was granted.

A refresh token, current or replaced, ends its login. So does an access token: it is self-contained
and stands for the login it names, and §2.1 leaves it to the server to end the grant with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.access_tokens import login_of, read_access_token
from keybound.oauth.client_auth import Client
from keybound.oauth.client_form import ClientAuthentication, single_values, token_of
from keybound.oauth.errors import UnsupportedTokenType
from keybound.oauth.ports import Seal, Verifier
from keybound.oauth.ports_refresh import LoginRevoker
from keybound.oauth.refresh import looks_like_refresh_token, open_refresh_token


@dataclass(frozen=True)
class RevocationEndpoint:
    """Ends logins at the wish of the client that they were made for."""

    clients: ClientAuthentication
    verifier: Verifier
    logins: LoginRevoker
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

        Raises InvalidRequest, InvalidClient, UnsupportedTokenType (a client's own access token
        without a login), NotFound, Unavailable.
        """
        form = single_values(pairs)
        client = self.clients.at_issuer(t, r, a, form, authorization)
        application = client.application
        issuer, token = issuer_url(self.auth_base_url, t, r, a), token_of(form)
        if looks_like_refresh_token(token):
            self._revoke_refresh_token(application, issuer, token)
        else:
            self._revoke_access_token(application, issuer, token)
        return client

    def _revoke_refresh_token(self, application: Application, issuer: str, token: str) -> None:
        try:
            shown = open_refresh_token(self.seal, token, issuer)
        except ValueError:
            return
        self.logins.revoke_by_refresh_token(shown, application.client_id, self.clock())

    def _revoke_access_token(self, application: Application, issuer: str, token: str) -> None:
        now = self.clock()
        try:
            content = read_access_token(self.verifier, token, now)
            if content.get("iss") != issuer or content.get("client_id") != application.client_id:
                return
            locator = login_of(content, self.seal)
        except ValueError:
            return
        if locator is None:
            text = "an access token without a sign-in behind it cannot be revoked; it expires"
            raise UnsupportedTokenType(text)
        sid = str(content.get("sid", ""))
        self.logins.revoke_by_sid(locator, sid, application.client_id, now)
