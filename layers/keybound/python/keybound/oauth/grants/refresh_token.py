"""The refresh_token grant (RFC 6749 §6; rotation and replay: RFC 9700 §4.14.2).

One conditional update replaces the token that was shown by its successor, while identity and
passkey are read again; then tokens are signed. The replaced token gets the same answer again for a
short while, because answers are lost and browsers have two tabs. When a step after the update
fails, that while becomes an hour; the rotation itself is never taken back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.login import Login, LoginLocator, RefreshFamily
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth.audience import (
    Resources,
    check_resources,
    narrowed_resources,
    scope_at,
)
from keybound.oauth.errors import InvalidGrant, InvalidRequest
from keybound.oauth.login_tokens import Granted, LoginTokens
from keybound.oauth.ports import PasskeyReader, Passkeys
from keybound.oauth.ports_refresh import RefreshFamilies, RefreshToken, Rotated, Rotation
from keybound.oauth.refresh import (
    GRACE_AFTER_FAILURE_S,
    RefreshTokens,
    Verdict,
    judge,
    open_refresh_token,
)
from keybound.oauth.scopes import may_hold, narrowed
from keybound.oauth.standing import stands
from keybound.oauth.token_endpoint import TokenRequest

KEEP_AFTER_LAST_TOKEN_S = 3600
_REFUSED = "the refresh token is unknown, expired, revoked, or not this client's"


@dataclass(frozen=True)
class RefreshTokenGrant:
    """Exchanges a refresh token for new tokens and its successor."""

    families: RefreshFamilies
    passkeys: PasskeyReader
    tokens: LoginTokens
    refresh_tokens: RefreshTokens
    clock: Clock
    randomness: Randomness

    def __call__(self, request: TokenRequest) -> dict[str, Any]:
        """Raises InvalidRequest, InvalidScope, InvalidGrant, InvalidTarget, Unavailable."""
        shown = self._shown(request)
        scope = narrowed(shown.scope, request.form.get("scope", ""))
        if not may_hold(request.application, scope):
            raise InvalidGrant(_REFUSED, detail="a scope was taken from the application")
        resources = self._resources(request, shown, scope)
        rotation = self._rotation(request, shown, scope, resources)
        with self._keeping_the_answer(shown.locator, rotation.rotation_id, rotation.now):
            login, family, identity = self._rotate(request, rotation)
        with self._keeping_the_answer(shown.locator, family.rotation_id, rotation.now):
            granted = Granted(
                application=request.application,
                issuer=request.issuer,
                login=replace(login, scope=scope, nonce=""),
                identity=identity,
                locator=shown.locator,
                jti=family.rotation_id,
                issued_at=family.rotated_at,
                options=request.options,
                resources=resources,
            )
            answer = self.tokens.sign(granted, refused=_REFUSED)
            refresh_token = self.refresh_tokens.current(shown.locator, family)
        left = family.rotated_at + request.options.lifetime - rotation.now
        return {**answer, "expires_in": max(left, 0), "refresh_token": refresh_token}

    def _shown(self, request: TokenRequest) -> RefreshToken:
        token = request.form.get("refresh_token", "")
        if not token:
            raise InvalidRequest("the refresh_token is missing")
        try:
            return open_refresh_token(self.refresh_tokens.seal, token, request.issuer)
        except ValueError as error:
            raise InvalidGrant(_REFUSED, detail=str(error)) from error

    def _resources(self, request: TokenRequest, shown: RefreshToken, scope: str) -> Resources:
        """What is asked for must have been granted, and still be this client's."""
        resources = narrowed_resources(shown.resource, request.resources)
        configuration = self.tokens.configuration
        check_resources(configuration, request.application, request.issuer, resources)
        scope_at(scope, request.issuer, resources)
        return resources

    def _rotation(
        self, request: TokenRequest, shown: RefreshToken, scope: str, resources: Resources
    ) -> Rotation:
        application, now = request.application, self.clock()
        lifetime = max(application.expires_after, application.refresh_token_expires_after)
        return Rotation(
            shown=shown,
            client_id=application.client_id,
            params_hash=request.options.params_hash(scope, resources),
            successor=self.refresh_tokens.successor(shown, request.issuer, application, now),
            rotation_id=new_secret(self.randomness, 16),
            now=now,
            access_expires_at=request.self_contained_until(now),
            ttl=now + lifetime + KEEP_AFTER_LAST_TOKEN_S,
            jkt=request.options.jkt,
            binds=application.is_public and bool(request.options.jkt),
        )

    def _rotate(
        self, request: TokenRequest, rotation: Rotation
    ) -> tuple[Login, RefreshFamily, Identity]:
        t, r, who = (
            request.application.tenant_id,
            request.application.realm_id,
            rotation.shown.locator,
        )
        found: Passkeys
        rotated: Rotated
        found, rotated = together(
            lambda: self.passkeys.read(t, r, who.identity_id, who.credential_hash),
            lambda: self.families.rotate(rotation),
        )
        self._check(judge(rotated, rotation), rotation)
        login = rotated.login
        if not stands(login, found.identity, found.credential) or found.identity is None:
            raise InvalidGrant(_REFUSED, detail="identity or credential no longer active")
        if login is None or login.family is None:
            raise InvalidGrant(_REFUSED)
        return login, login.family, found.identity

    def _check(self, verdict: Verdict, rotation: Rotation) -> None:
        if verdict is Verdict.OTHER_PARAMETERS:
            text = "this refresh token was just used with other parameters; use its successor"
            raise InvalidRequest(text)
        if verdict is Verdict.REPLAYED:
            self.families.revoke_replayed(rotation)
            raise InvalidGrant(_REFUSED, detail="replayed: the login is revoked")
        if verdict is Verdict.REFUSED:
            raise InvalidGrant(_REFUSED)

    @contextmanager
    def _keeping_the_answer(
        self, locator: LoginLocator, rotation_id: str, now: int
    ) -> Iterator[None]:
        """When AWS fails, let the client come back for the answer that it did not get."""
        try:
            yield
        except Unavailable:
            self.families.extend_grace(locator, rotation_id, now + GRACE_AFTER_FAILURE_S)
            raise
