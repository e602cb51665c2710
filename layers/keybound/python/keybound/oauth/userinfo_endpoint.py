"""The userinfo endpoint (OpenID Connect Core §5.3): claims of the person behind a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import LoginLocator
from keybound.oauth import claims
from keybound.oauth.access_tokens import read_access_token
from keybound.oauth.codes import ACCESS, open_locator
from keybound.oauth.errors import InsufficientScope, InvalidToken
from keybound.oauth.ports import Configuration, LoginReader, Seal, Verifier
from keybound.oauth.scopes import OPENID
from keybound.oauth.standing import stands


@dataclass(frozen=True)
class UserinfoEndpoint:
    """Accepts any access token of its own issuer that carries `openid`."""

    configuration: Configuration
    verifier: Verifier
    logins: LoginReader
    seal: Seal
    clock: Clock
    auth_base_url: str

    def claims_for(self, t: TenantId, r: RealmId, a: ApplicationId, token: str) -> dict[str, Any]:
        """Return `sub` and what the token's scopes release.

        Raises InvalidToken (also for logins, identities or passkeys that no longer stand),
        InsufficientScope, NotFound, Unavailable.
        """
        issuer = issuer_url(self.auth_base_url, t, r, a)
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        content = self._verified(token, issuer)
        scopes = str(content.get("scope", "")).split(" ")
        if OPENID not in scopes:
            raise InsufficientScope(OPENID)
        live = self.logins.read(t, r, self._locator(content, issuer))
        if not stands(live.login, live.identity, live.credential) or live.identity is None:
            raise InvalidToken(detail="login, identity or credential no longer stands")
        if claims.subject(application, live.identity) != content.get("sub"):
            raise InvalidToken(detail="the subject has changed")
        return {"sub": content["sub"], **claims.identity_claims(live.identity, scopes)}

    def _verified(self, token: str, issuer: str) -> Mapping[str, Any]:
        try:
            content = read_access_token(self.verifier, token, self.clock())
        except ValueError as error:
            raise InvalidToken(detail=str(error)) from error
        if content.get("iss") != issuer:
            raise InvalidToken(detail="another issuer's")
        return content

    def _locator(self, content: Mapping[str, Any], issuer: str) -> LoginLocator:
        try:
            return open_locator(
                self.seal, str(content.get("locator", "")), kind=ACCESS, issuer=issuer
            )
        except ValueError as error:
            raise InvalidToken(detail="no person stands behind it") from error
