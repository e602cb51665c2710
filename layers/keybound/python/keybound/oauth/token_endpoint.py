"""The token endpoint: reads the form, authenticates the client, hands over to the grant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.application import SELF_CONTAINED, Application
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.audience import Resources, check_resources
from keybound.oauth.client_auth import Client
from keybound.oauth.client_form import ClientAuthentication, resources_of, single_values
from keybound.oauth.dpop import DpopProofs, Presented, Proof
from keybound.oauth.errors import (
    InvalidDpopProof,
    InvalidRequest,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from keybound.oauth.token_options import TokenOptions, read_token_options


@dataclass(frozen=True)
class TokenRequest:
    """A token request whose client was authenticated. resources: each one of this client's."""

    application: Application
    issuer: str
    form: Mapping[str, str]
    options: TokenOptions
    resources: Resources = ()

    def self_contained_until(self, now: int) -> int:
        """When a self-contained access token that is issued now will end; 0 for opaque ones."""
        signed = self.application.token_format == SELF_CONTAINED
        return now + self.options.lifetime if signed else 0


Grant = Callable[[TokenRequest], dict[str, Any]]


@dataclass(frozen=True)
class TokenAnswer:
    """The members of a token response, and whom it is for. dpop_nonce: for the next proof, if
    there was one."""

    content: dict[str, Any]
    client: Client
    dpop_nonce: str = ""


@dataclass(frozen=True)
class TokenEndpoint:
    """Handles token requests (RFC 6749 §3.2). grants: by `grant_type`."""

    clients: ClientAuthentication
    grants: Mapping[str, Grant]
    proofs: DpopProofs
    auth_base_url: str

    def redeem(
        self,
        t: TenantId,
        r: RealmId,
        a: ApplicationId,
        pairs: Sequence[tuple[str, str]],
        authorization: str,
        dpop: str = "",
    ) -> TokenAnswer:
        """Return the token response. dpop: the header of that name.

        Raises OAuthError of RFC 6749 §5.2 and RFC 9449 §5, §8; NotFound, Unavailable.
        """
        form = single_values(pairs)
        issuer = issuer_url(self.auth_base_url, t, r, a)
        # Before an assertion is spent: whoever lacks a nonce comes back with the same one.
        proof = self.proofs.check(Presented(dpop, "POST", f"{issuer}/token")) if dpop else None
        client = self.clients.at_issuer(t, r, a, form, authorization)
        application = client.application
        grant_type = form.get("grant_type", "")
        if not grant_type:
            raise InvalidRequest("the grant_type is missing")
        grant = self.grants.get(grant_type)
        if grant is None:
            raise UnsupportedGrantType("this grant_type is not supported")
        if grant_type not in application.grant_types:
            raise UnauthorizedClient("this application may not use this grant_type")
        options, resources = read_token_options(application, form), resources_of(pairs)
        check_resources(self.clients.configuration, application, issuer, resources)
        bound = replace(options, jkt=self._spent(application, proof))
        # Before the grant: whatever fails after it would cost the client its code.
        nonce = self.proofs.new_nonce() if proof else ""
        content = grant(TokenRequest(application, issuer, form, bound, resources))
        return TokenAnswer(content, client, nonce)

    def _spent(self, application: Application, proof: Proof | None) -> str:
        """Spend the proof, if there is one, and return the thumbprint of its key."""
        if proof is not None:
            self.proofs.use(proof)
            return proof.jkt
        if application.dpop_bound_access_tokens:
            raise InvalidDpopProof("this application needs a DPoP proof")
        return ""
