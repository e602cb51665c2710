"""The pushed authorization request endpoint (RFC 9126): judges and stores a request.

Only clients that authenticate may push: with a public client anybody could fill the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keybound.domain.application import Application
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.oauth.audience import check_resources
from keybound.oauth.authorization_request import AuthorizationRequest, read_authorization_request
from keybound.oauth.authorize_checks import PAGE_CHECKS, REDIRECT_CHECKS
from keybound.oauth.client_auth import Client
from keybound.oauth.client_form import ClientAuthentication, single_values
from keybound.oauth.dpop import DpopProofs, Presented, Proof
from keybound.oauth.errors import InvalidRequest, UnauthorizedClient
from keybound.oauth.hints import required_subject
from keybound.oauth.ports import Verifier
from keybound.oauth.ports_pushed import PushedRequestStore
from keybound.oauth.pushed_requests import LIFETIME_S, PushedRequestMaker


@dataclass(frozen=True)
class Pushed:
    """What the client is told, and which one it is. expires_in: in seconds. dpop_nonce: for the
    next proof, if there was one."""

    request_uri: str
    expires_in: int
    client: Client
    dpop_nonce: str = ""


@dataclass(frozen=True)
class PushedRequestEndpoint:
    """Handles pushed requests (§2)."""

    clients: ClientAuthentication
    verifier: Verifier
    requests: PushedRequestMaker
    store: PushedRequestStore
    proofs: DpopProofs
    auth_base_url: str

    def push(
        self,
        t: TenantId,
        r: RealmId,
        a: ApplicationId,
        pairs: Sequence[tuple[str, str]],
        authorization: str,
        dpop: str = "",
    ) -> Pushed:
        """Store a request and return its URI. Nothing is stored of one that authorize would refuse.

        dpop: the header of that name; the code will be bound to the key of its proof (RFC 9449
        §10.1). Raises OAuthError: those of client authentication, those authorize has for a client
        (§2.3), and those of a proof; NotFound, Unavailable.
        """
        form, issuer = single_values(pairs), issuer_url(self.auth_base_url, t, r, a)
        # As at the token endpoint, before an assertion is spent.
        proof = self.proofs.check(Presented(dpop, "POST", f"{issuer}/par")) if dpop else None
        client = self.clients.at_issuer(t, r, a, form, authorization)
        application = client.application
        if application.is_public:
            raise UnauthorizedClient("a public client cannot push its requests")
        if "request_uri" in form:
            raise InvalidRequest("a request_uri cannot be pushed")
        request = read_authorization_request(pairs)
        request = replace(request, client_id=application.client_id, pushed="to be stored")
        self._check(application, issuer, request)
        if proof is not None:
            request = _bound(request, proof)
            self.proofs.use(proof)
        nonce = self.proofs.new_nonce() if proof is not None else ""
        made = self.requests.make(application, issuer, request)
        self.store.create(made.stored)
        return Pushed(made.request_uri, LIFETIME_S, client, nonce)

    def _check(self, application: Application, issuer: str, request: AuthorizationRequest) -> None:
        """Judge it now as authorize will judge it again then."""
        if application.authenticator_config_id is None:
            raise UnauthorizedClient("this application does not sign people in")
        for check in (*PAGE_CHECKS, *REDIRECT_CHECKS):
            check(application, request)
        check_resources(self.clients.configuration, application, issuer, request.resource)
        required_subject(self.verifier, request.id_token_hint, issuer, application.client_id)


def _bound(request: AuthorizationRequest, proof: Proof) -> AuthorizationRequest:
    """The proof's key is as good as `dpop_jkt`; the two must not differ (RFC 9449 §10.1)."""
    if request.dpop_jkt not in ("", proof.jkt):
        raise InvalidRequest("the dpop_jkt is not the key of the DPoP proof")
    return replace(request, dpop_jkt=proof.jkt)
