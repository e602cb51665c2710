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
from keybound.domain.login import Login
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth.audience import Resources, check_resources, narrowed_resources
from keybound.oauth.codes import open_code
from keybound.oauth.errors import InvalidGrant, InvalidRequest, InvalidTarget
from keybound.oauth.login_tokens import Granted, LoginTokens
from keybound.oauth.pkce import is_code_verifier, s256_challenge
from keybound.oauth.ports import CodeBurner, CodeReplayed, PasskeyReader, Passkeys, Redemption, Seal
from keybound.oauth.refresh import RefreshTokens
from keybound.oauth.scopes import may_hold
from keybound.oauth.standing import stands
from keybound.oauth.token_endpoint import TokenRequest

KEEP_AFTER_LAST_TOKEN_S = 3600
_REFUSED = "the code is unknown, expired, used, or not for this client and redirect_uri"


@dataclass(frozen=True)
class AuthorizationCodeGrant:
    """Redeems a code for an access token, with `openid` an ID token, and a refresh token if the
    application may use them."""

    codes: CodeBurner
    passkeys: PasskeyReader
    tokens: LoginTokens
    refresh_tokens: RefreshTokens
    seal: Seal
    clock: Clock
    randomness: Randomness

    def __call__(self, request: TokenRequest) -> dict[str, Any]:
        """Raises InvalidRequest, InvalidGrant, InvalidTarget, Unavailable."""
        redemption = self._redemption(request)
        try:
            login, identity = self._burn(request, redemption)
            resources = self._resources(request, login)
            return self._tokens(request, login, identity, redemption, resources)
        except CodeReplayed:
            raise InvalidGrant(_REFUSED, detail="replayed: the login is revoked") from None
        except InvalidTarget:
            self.codes.undo(redemption)  # a mistake that the client can mend
            raise
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
        application, now = request.application, self.clock()
        return Redemption(
            locator=locator,
            code_hash=code_hash,
            client_id=application.client_id,
            redirect_uri=form.get("redirect_uri", ""),
            code_challenge=s256_challenge(verifier) if verifier else "",
            burn_id=new_secret(self.randomness, 16),
            now=now,
            jkt=request.options.jkt,
            access_expires_at=request.self_contained_until(now),
            family=(
                self.refresh_tokens.first(application, locator, now, request.options.jkt)
                if application.may_refresh
                else None
            ),
        )

    def _burn(self, request: TokenRequest, redemption: Redemption) -> tuple[Login, Identity]:
        t, r = request.application.tenant_id, request.application.realm_id
        locator, now, family = redemption.locator, redemption.now, redemption.family
        last_token = now + request.options.lifetime
        ttl = max(last_token, family.token_expires_at if family else 0) + KEEP_AFTER_LAST_TOKEN_S
        listed = max(last_token, family.expires_at if family else 0) + KEEP_AFTER_LAST_TOKEN_S
        found: Passkeys
        login: Login | None
        found, _, login = together(
            lambda: self.passkeys.read(t, r, locator.identity_id, locator.credential_hash),
            lambda: self.codes.put_pointer(request.application, locator, now=now, ttl=listed),
            lambda: self.codes.burn(redemption, ttl=ttl),
        )
        if login is None:
            raise InvalidGrant(_REFUSED)
        if not stands(login, found.identity, found.credential) or found.identity is None:
            raise InvalidGrant(_REFUSED, detail="identity or credential no longer active")
        if not may_hold(request.application, login.scope):
            raise InvalidGrant(_REFUSED, detail="a scope was taken from the application")
        return login, found.identity

    def _resources(self, request: TokenRequest, login: Login) -> Resources:
        """What was granted must still be this client's, and what is asked for part of it."""
        resources = narrowed_resources(login.resource, request.resources)
        configuration = self.tokens.configuration
        check_resources(configuration, request.application, request.issuer, resources)
        return resources

    def _tokens(
        self,
        request: TokenRequest,
        login: Login,
        identity: Identity,
        redemption: Redemption,
        resources: Resources,
    ) -> dict[str, Any]:
        granted = Granted(
            application=request.application,
            issuer=request.issuer,
            login=login,
            identity=identity,
            locator=redemption.locator,
            jti=redemption.burn_id,  # as at a refresh, the attempt names its token
            issued_at=redemption.now,
            options=request.options,
            resources=resources,
        )
        answer = self.tokens.sign(granted, refused=_REFUSED)
        answer["expires_in"] = request.options.lifetime
        if redemption.family is not None:
            answer["refresh_token"] = self.refresh_tokens.first_token(
                redemption.family,
                redemption.locator,
                login.scope,
                request.issuer,
                login.resource,
            )
        return answer
