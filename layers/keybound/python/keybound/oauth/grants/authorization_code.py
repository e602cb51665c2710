"""The authorization_code grant with PKCE (RFC 6749 §4.1.3, RFC 7636 §4.6).

Order matters: everything that can be judged without the table first; then, in one round, the
code is burnt by one conditional update while who stands behind it is read; then tokens are signed.
When a step after the burn fails, the burn is undone and the caller may try again.
"""

from dataclasses import dataclass
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.login import Login, LoginLocator
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth import claims
from keybound.oauth.audience import audience_of
from keybound.oauth.codes import ACCESS, open_code, seal_locator
from keybound.oauth.errors import InvalidGrant, InvalidRequest
from keybound.oauth.pkce import is_code_verifier, s256_challenge
from keybound.oauth.ports import (
    CodeBurner,
    Configuration,
    PasskeyReader,
    Passkeys,
    Redemption,
    Seal,
    Signer,
)
from keybound.oauth.scopes import OPENID, may_hold
from keybound.oauth.standing import stands
from keybound.oauth.token_endpoint import TokenRequest

KEEP_AFTER_LAST_TOKEN_S = 3600
_REFUSED = "the code is unknown, expired, used, or not for this client and redirect_uri"


@dataclass(frozen=True)
class AuthorizationCodeGrant:
    """Redeems a code for an access token and, with `openid`, an ID token."""

    configuration: Configuration
    codes: CodeBurner
    passkeys: PasskeyReader
    signer: Signer
    seal: Seal
    clock: Clock
    randomness: Randomness

    def __call__(self, request: TokenRequest) -> dict[str, Any]:
        """Raises InvalidRequest, InvalidGrant, Unavailable."""
        redemption = self._redemption(request)
        try:
            login, identity = self._burn(request, redemption)
            return self._tokens(request, login, identity, redemption)
        except Unavailable:
            # The burn may have happened, and its answer may even have been lost: give it back.
            if not self.codes.undo(redemption):
                raise InvalidGrant(_REFUSED, detail="revoked while it was redeemed") from None
            raise

    def _redemption(self, request: TokenRequest) -> Redemption:
        form = request.form
        if "code" not in form:
            raise InvalidRequest("the code is missing")
        verifier = form.get("code_verifier", "")
        if verifier and not is_code_verifier(verifier):
            raise InvalidGrant("the code_verifier is malformed")
        try:
            locator, code_hash = open_code(self.seal, form["code"], request.issuer)
        except ValueError as error:
            raise InvalidGrant(_REFUSED, detail=str(error)) from error
        return Redemption(
            locator=locator,
            code_hash=code_hash,
            client_id=request.application.client_id,
            redirect_uri=form.get("redirect_uri", ""),
            code_challenge=s256_challenge(verifier) if verifier else "",
            burn_id=new_secret(self.randomness, 16),
            now=self.clock(),
        )

    def _burn(self, request: TokenRequest, redemption: Redemption) -> tuple[Login, Identity]:
        t, r = request.application.tenant_id, request.application.realm_id
        locator, now = redemption.locator, redemption.now
        ttl = now + request.application.expires_after + KEEP_AFTER_LAST_TOKEN_S
        found: Passkeys
        login: Login | None
        found, _, login = together(
            lambda: self.passkeys.read(t, r, locator.identity_id, locator.credential_hash),
            lambda: self.codes.put_pointer(t, r, locator, now=now, ttl=ttl),
            lambda: self.codes.burn(redemption, ttl=ttl),
        )
        if login is None:
            raise InvalidGrant(_REFUSED)
        if not stands(login, found.identity, found.credential) or found.identity is None:
            raise InvalidGrant(_REFUSED, detail="identity or credential no longer active")
        if not may_hold(request.application, login.scope):
            raise InvalidGrant(_REFUSED, detail="a scope was taken from the application")
        return login, found.identity

    def _tokens(
        self, request: TokenRequest, login: Login, identity: Identity, redemption: Redemption
    ) -> dict[str, Any]:
        application, now = request.application, redemption.now
        alg = application.token_signing_algorithm
        access = self._access_claims(request, login, identity, redemption.locator, now)
        answer = {
            "token_type": "Bearer",
            "expires_in": application.expires_after,
            "scope": login.scope,
        }
        if OPENID not in login.scope.split(" "):
            return {"access_token": self.signer.sign(access, typ="at+jwt", alg=alg), **answer}
        identified = claims.id_token(request.issuer, application, login, identity, now)
        access_token, id_token = together(
            lambda: self.signer.sign(access, typ="at+jwt", alg=alg),
            lambda: self.signer.sign(identified, typ="JWT", alg=alg),
        )
        return {"access_token": access_token, "id_token": id_token, **answer}

    def _access_claims(
        self,
        request: TokenRequest,
        login: Login,
        identity: Identity,
        locator: LoginLocator,
        now: int,
    ) -> dict[str, Any]:
        application, issuer = request.application, request.issuer
        sub = claims.subject(application, identity)
        if not sub or sub == application.client_id:
            raise InvalidGrant(_REFUSED, detail="no subject, or one that is the client's own")
        scopes = login.scope.split(" ")
        content = claims.access_token(
            issuer,
            application,
            sub=sub,
            audience=audience_of(self.configuration, application, scopes, issuer),
            scope=login.scope,
            jti=new_secret(self.randomness, 16),
            now=now,
        )
        sealed = seal_locator(self.seal, locator, kind=ACCESS, issuer=issuer)
        return content | {"auth_time": login.auth_time, "sid": login.sid, "locator": sealed}
