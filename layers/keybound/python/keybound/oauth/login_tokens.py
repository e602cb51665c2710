"""The tokens that a login gives, at the code's exchange and at every refresh."""

from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.application import Application
from keybound.domain.identity import Identity
from keybound.domain.login import Login, LoginLocator
from keybound.domain.parallel import together
from keybound.oauth import claims
from keybound.oauth.access_token_issuer import AccessTokenIssuer
from keybound.oauth.audience import Resources, audience_of, is_management, scope_at
from keybound.oauth.codes import IDENTIFIED, seal_locator
from keybound.oauth.errors import InvalidGrant
from keybound.oauth.memberships import granted_now, membership_claims
from keybound.oauth.ports import Configuration, Seal, Signer
from keybound.oauth.scopes import OPENID
from keybound.oauth.token_options import TokenOptions


@dataclass(frozen=True)
class Granted:
    """What tokens are made of. login: with the scope and the nonce that they shall carry.

    issued_at: `iat`, from which lifetimes count. resources: what the access token is for.
    """

    application: Application
    issuer: str
    login: Login
    identity: Identity
    locator: LoginLocator
    jti: str
    issued_at: int
    options: TokenOptions
    resources: Resources = ()


@dataclass(frozen=True)
class LoginTokens:
    """Makes an access token and, with `openid`, an ID token: both at the same time."""

    configuration: Configuration
    signer: Signer
    access_tokens: AccessTokenIssuer
    seal: Seal

    def sign(self, granted: Granted, *, refused: str) -> dict[str, Any]:
        """Return the members `access_token`, `id_token`, `token_type`, `scope`.

        Raises InvalidGrant(refused) when the identity has no subject, the client's own, or
        another than the login began with (OpenID Connect Core §12.2), or when no role gives any of
        the scopes; InvalidTarget when no
        granted scope belongs to the resources; Unavailable.
        """
        granted = self._granted_now(granted, refused)
        alg = granted.application.token_signing_algorithm
        access = self._access_claims(granted, refused)
        answer = {"token_type": granted.options.token_type, "scope": access["scope"]}
        if OPENID not in granted.login.scope.split(" "):
            return {"access_token": self._issue(granted, access), **answer}
        identified = claims.id_token(
            granted.issuer,
            granted.application,
            granted.login,
            granted.identity,
            granted.issued_at,
        ) | {"locator": self._locator(granted, IDENTIFIED), **self._memberships(granted)}
        access_token, id_token = together(
            lambda: self._issue(granted, access),
            lambda: self.signer.sign(identified, typ="JWT", alg=alg),
        )
        return {"access_token": access_token, "id_token": id_token, **answer}

    def _issue(self, granted: Granted, content: dict[str, Any]) -> str:
        return self.access_tokens.issue(granted.application, content, granted.locator)

    def _access_claims(self, granted: Granted, refused: str) -> dict[str, Any]:
        application, issuer, login = granted.application, granted.issuer, granted.login
        sub = claims.subject(application, granted.identity)
        if not sub or sub == application.client_id:
            raise InvalidGrant(refused, detail="no subject, or one that is the client's own")
        if login.subject not in ("", sub):
            raise InvalidGrant(refused, detail="the subject has changed")
        scope = scope_at(login.scope, issuer, granted.resources)
        scopes = scope.split(" ")
        content = claims.access_token(
            issuer,
            application,
            sub=sub,
            audience=audience_of(
                self.configuration, application, scopes, issuer, granted.resources
            ),
            scope=scope,
            jti=granted.jti,
            now=granted.issued_at,
            lifetime=granted.options.lifetime,
            custom=granted.options.custom_claims,
            jkt=granted.options.jkt,
        )
        content |= {"auth_time": login.auth_time, "sid": login.sid}
        if is_management(self.configuration, application):
            content |= {"session_epoch": login.session_epoch, "credential_id": login.credential_id}
        return content | self._memberships(granted)

    def _granted_now(self, granted: Granted, refused: str) -> Granted:
        """What groups and roles leave of the scope; a refresh token keeps what was granted, so a
        role that comes back brings its scopes back."""
        login = granted.login
        scope = granted_now(self.configuration, granted.application, granted.identity, login.scope)
        if not scope:
            raise InvalidGrant(refused, detail="no role gives any of the scopes")
        return replace(granted, login=replace(login, scope=scope))

    def _memberships(self, granted: Granted) -> dict[str, Any]:
        scopes = granted.login.scope.split(" ")
        return membership_claims(self.configuration, granted.application, granted.identity, scopes)

    def _locator(self, granted: Granted, kind: str) -> str:
        """Where the login is, so that whoever shows the token later needs no search for it."""
        return seal_locator(self.seal, granted.locator, kind=kind, issuer=granted.issuer)
