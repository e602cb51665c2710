"""The userinfo endpoint (OpenID Connect Core §5.3): claims of the person behind a token."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.parallel import together
from keybound.oauth import claims
from keybound.oauth.access_tokens import AccessTokens, LiveToken, ShownToken, key_of
from keybound.oauth.dpop import DpopProofs, Presented, Proof
from keybound.oauth.errors import InsufficientScope, InvalidBoundToken, InvalidToken
from keybound.oauth.memberships import membership_claims
from keybound.oauth.ports import Configuration
from keybound.oauth.scopes import OPENID
from keybound.oauth.standing import stands


@dataclass(frozen=True)
class PresentedToken:
    """An access token and how it came. proof: the header `DPoP`, beside the scheme of that name."""

    token: str
    method: str
    is_dpop: bool = False
    proof: str = ""


@dataclass(frozen=True)
class UserinfoEndpoint:
    """Accepts any access token of its own issuer that carries `openid`."""

    configuration: Configuration
    access_tokens: AccessTokens
    proofs: DpopProofs

    def claims_for(
        self, t: TenantId, r: RealmId, a: ApplicationId, presented: PresentedToken
    ) -> dict[str, Any]:
        """Return `sub` and what the token's scopes release.

        Raises InvalidProofForToken and UseNonceForToken (RFC 9449 §7, §9), InvalidToken (also for
        logins, identities or passkeys that no longer stand), InsufficientScope, NotFound,
        Unavailable.
        """
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        found = self._read(t, r, a, presented)
        content, live = found.content, found.login
        if live is None or live.identity is None:
            raise InvalidToken(detail="no person stands behind it")
        if not stands(live.login, live.identity, live.credential):
            raise InvalidToken(detail="login, identity or credential no longer stands")
        if claims.subject(application, live.identity) != content.get("sub"):
            raise InvalidToken(detail="the subject has changed")
        scopes = str(content["scope"]).split(" ")
        released = claims.identity_claims(live.identity, scopes)
        held = membership_claims(self.configuration, application, live.identity, scopes)
        return {"sub": content["sub"], **released, **held}

    def _read(
        self, t: TenantId, r: RealmId, a: ApplicationId, presented: PresentedToken
    ) -> LiveToken:
        """Read the token with its login and, in the same round, spend the proof. What a token
        shows by itself is judged before; what an opaque one says is known after the read only."""
        url = f"{issuer_url(self.access_tokens.auth_base_url, t, r, a)}/userinfo"
        shown = self._shown(t, r, a, presented.token)
        if shown.content is None:
            found = self._live(shown)
            proof = self._proof(found.content, presented, url)
            _check_openid(found.content)
            if proof is not None:
                self.proofs.use_for_token(proof)
            return found
        proof = self._proof(shown.content, presented, url)
        _check_openid(shown.content)
        if proof is None:
            return self._live(shown)
        live: LiveToken
        _, live = together(lambda: self.proofs.use_for_token(proof), lambda: self._live(shown))
        return live

    def _shown(self, t: TenantId, r: RealmId, a: ApplicationId, token: str) -> ShownToken:
        try:
            shown = self.access_tokens.shown(t, r, token)
        except ValueError as error:
            raise InvalidToken(detail=str(error)) from error
        if shown.name.application_id != a:
            raise InvalidToken(detail="another issuer's")
        return shown

    def _live(self, shown: ShownToken) -> LiveToken:
        try:
            return self.access_tokens.live(shown)
        except ValueError as error:
            raise InvalidToken(detail=str(error)) from error

    def _proof(
        self, content: Mapping[str, Any], presented: PresentedToken, url: str
    ) -> Proof | None:
        """A bound token needs a proof of its key; another token cannot be made one by a proof."""
        bound_to = key_of(content)
        if not presented.is_dpop:
            if bound_to:
                raise InvalidBoundToken(detail="a bound token, presented as a bearer token")
            return None
        proof = self.proofs.check_for_token(
            Presented(presented.proof, presented.method, url, presented.token)
        )
        if not bound_to or not hmac.compare_digest(proof.jkt.encode(), bound_to.encode()):
            raise InvalidBoundToken(detail="bound to another key, or to none")
        return proof


def _check_openid(content: Mapping[str, Any]) -> None:
    if OPENID not in str(content.get("scope", "")).split(" "):
        raise InsufficientScope(OPENID)
