"""The client_credentials grant (RFC 6749 §4.4): a token for the application itself."""

from dataclasses import dataclass
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth import claims
from keybound.oauth.access_token_issuer import AccessTokenIssuer
from keybound.oauth.audience import audience_of, scope_at
from keybound.oauth.errors import InvalidScope, UnauthorizedClient
from keybound.oauth.memberships import still_offered
from keybound.oauth.ports import Configuration
from keybound.oauth.scopes import granted_to_client
from keybound.oauth.token_endpoint import TokenRequest


@dataclass(frozen=True)
class ClientCredentialsGrant:
    """No refresh token (§4.4.3), no ID token, and `sub` is the client itself (RFC 9068 §2.2)."""

    configuration: Configuration
    access_tokens: AccessTokenIssuer
    clock: Clock
    randomness: Randomness

    def __call__(self, request: TokenRequest) -> dict[str, Any]:
        """Raises UnauthorizedClient for public clients, InvalidScope, InvalidTarget,
        Unavailable."""
        application, issuer = request.application, request.issuer
        if application.is_public:
            raise UnauthorizedClient("a public client has no credentials to show")
        wanted = granted_to_client(application, request.form.get("scope", ""))
        scopes = still_offered(self.configuration, application, wanted)
        if wanted and not scopes:
            raise InvalidScope("the resource server has none of these scopes any more")
        scope = scope_at(" ".join(scopes), issuer, request.resources)
        content = claims.access_token(
            issuer,
            application,
            sub=application.client_id,
            audience=audience_of(
                self.configuration, application, scopes, issuer, request.resources
            ),
            scope=scope,
            jti=new_secret(self.randomness, 16),
            now=self.clock(),
            lifetime=request.options.lifetime,
            custom=request.options.custom_claims,
            jkt=request.options.jkt,
        )
        answer = {
            "access_token": self.access_tokens.issue(application, content, None),
            "token_type": request.options.token_type,
            "expires_in": request.options.lifetime,
        }
        return answer | ({"scope": scope} if scope else {})
