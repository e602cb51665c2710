"""The userinfo endpoint (OpenID Connect Core §5.3): claims of the person behind a token."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import LoginLocator
from keybound.domain.parallel import together
from keybound.oauth import claims
from keybound.oauth.access_tokens import key_of, read_access_token
from keybound.oauth.codes import ACCESS, open_locator
from keybound.oauth.dpop import DpopProofs, Presented, Proof
from keybound.oauth.errors import InsufficientScope, InvalidBoundToken, InvalidToken
from keybound.oauth.memberships import membership_claims
from keybound.oauth.ports import Configuration, LiveLogin, LoginReader, Seal, Verifier
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
    verifier: Verifier
    logins: LoginReader
    seal: Seal
    clock: Clock
    auth_base_url: str
    proofs: DpopProofs

    def claims_for(
        self, t: TenantId, r: RealmId, a: ApplicationId, presented: PresentedToken
    ) -> dict[str, Any]:
        """Return `sub` and what the token's scopes release.

        Raises InvalidProofForToken and UseNonceForToken (RFC 9449 §7, §9), InvalidToken (also for
        logins, identities or passkeys that no longer stand), InsufficientScope, NotFound,
        Unavailable.
        """
        issuer = issuer_url(self.auth_base_url, t, r, a)
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        content = self._verified(presented.token, issuer)
        proof = self._proof(content, presented, f"{issuer}/userinfo")
        scopes = str(content.get("scope", "")).split(" ")
        if OPENID not in scopes:
            raise InsufficientScope(OPENID)
        live = self._live(t, r, self._locator(content, issuer), proof)
        if not stands(live.login, live.identity, live.credential) or live.identity is None:
            raise InvalidToken(detail="login, identity or credential no longer stands")
        if claims.subject(application, live.identity) != content.get("sub"):
            raise InvalidToken(detail="the subject has changed")
        released = claims.identity_claims(live.identity, scopes)
        held = membership_claims(self.configuration, application, live.identity, scopes)
        return {"sub": content["sub"], **released, **held}

    def _live(
        self, t: TenantId, r: RealmId, locator: LoginLocator, proof: Proof | None
    ) -> LiveLogin:
        """Read who stands behind the token and, in the same round, spend the proof."""
        if proof is None:
            return self.logins.read(t, r, locator)
        live: LiveLogin
        _, live = together(
            lambda: self.proofs.use_for_token(proof), lambda: self.logins.read(t, r, locator)
        )
        return live

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
