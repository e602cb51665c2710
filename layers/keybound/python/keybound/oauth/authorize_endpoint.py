"""The authorization endpoint: checks a request and seals it. Writes nothing, signs nothing.

An anonymous caller can therefore neither fill a table nor spend a signature; the request comes
back through `authenticate`, with the passkey's answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keybound.domain.application import Application
from keybound.domain.authenticator_config import MANUAL, AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.invoke_url import authenticate_url
from keybound.domain.issuer import issuer_url
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth.audience import check_resources
from keybound.oauth.authorization_request import AuthorizationRequest, read_authorization_request
from keybound.oauth.authorize_checks import FORM_POST, PAGE_CHECKS, REDIRECT_CHECKS
from keybound.oauth.errors import InvalidRequest, OAuthError, UnauthorizedClient
from keybound.oauth.hints import required_subject
from keybound.oauth.ports import Configuration, Verifier
from keybound.oauth.pushed_requests import PushedRequestOpener, is_pushed
from keybound.oauth.redirect_uris import origin_of
from keybound.oauth.request_token import RequestTokens, SealedRequest
from keybound.oauth.scopes import granted_to_identity

CHALLENGE_BYTES = 32


class RedirectableError(Exception):
    """An error that may be told to the client: its redirect URI was found to be good first."""

    def __init__(
        self,
        cause: OAuthError,
        *,
        redirect_uri: str,
        state: str,
        issuer: str,
        manual: bool,
        form_post: bool = False,
    ) -> None:
        super().__init__(cause.description)
        self.cause = cause
        self.redirect_uri = redirect_uri
        self.state = state
        self.issuer = issuer
        self.manual = manual
        self.form_post = form_post


@dataclass(frozen=True)
class Begun:
    """A good request: where the app starts the ceremony, and how it is told."""

    authenticate_url: str
    manual: bool


@dataclass(frozen=True)
class AuthorizeEndpoint:
    """Handles authorization requests (RFC 6749 §3.1, OpenID Connect Core §3.1.2)."""

    configuration: Configuration
    tokens: RequestTokens
    verifier: Verifier
    pushed: PushedRequestOpener
    clock: Clock
    randomness: Randomness
    auth_base_url: str

    def begin(
        self, t: TenantId, r: RealmId, a: ApplicationId, pairs: Sequence[tuple[str, str]]
    ) -> Begun:
        """Return the authenticate URL.

        Raises NotFound for an unknown application, InvalidRequest or InvalidRequestUri for what
        must be shown on a page, RedirectableError for what the client is told, Unavailable.
        """
        application, config = self._client(t, r, a)
        request, issuer = read_authorization_request(pairs), issuer_url(self.auth_base_url, t, r, a)
        if is_pushed(request):
            request = self.pushed.open(application, issuer, request)
        for check in PAGE_CHECKS:
            check(application, request)
        manual = config.invocation_type == MANUAL
        try:
            for check in REDIRECT_CHECKS:
                check(application, request)
            return Begun(self._authenticate_url(issuer, application, config, request), manual)
        except OAuthError as error:
            redirect_uri = _redirect_uri(application, request)
            is_web = origin_of(redirect_uri) is not None
            raise RedirectableError(
                error,
                redirect_uri=redirect_uri,
                state=request.state,
                issuer=issuer,
                manual=manual,
                form_post=request.response_mode == FORM_POST and is_web,
            ) from error

    def _client(
        self, t: TenantId, r: RealmId, a: ApplicationId
    ) -> tuple[Application, AuthenticatorConfig]:
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        if application.authenticator_config_id is None:
            raise UnauthorizedClient("this application does not sign people in")
        config = self.configuration.find_authenticator_config(
            t, r, application.authenticator_config_id
        )
        if config is None:
            raise InvalidRequest("this application's authenticator config is gone")
        return application, config

    def _authenticate_url(
        self,
        issuer: str,
        application: Application,
        config: AuthenticatorConfig,
        request: AuthorizationRequest,
    ) -> str:
        check_resources(self.configuration, application, issuer, request.resource)
        sealed = SealedRequest(
            redirect_uri=_redirect_uri(application, request),
            redirect_uri_sent="1" if request.redirect_uri else "",
            scope=" ".join(granted_to_identity(application, request.scope)),
            state=request.state,
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            login_hint=request.login_hint,
            dpop_jkt=request.dpop_jkt,
            required_subject=required_subject(
                self.verifier, request.id_token_hint, issuer, application.client_id
            ),
            response_mode=request.response_mode,
            pushed=request.pushed,
            resource=" ".join(request.resource),
        )
        token = self.tokens.issue(
            issuer,
            application,
            config,
            sealed,
            challenge=self.randomness(CHALLENGE_BYTES),
            jti=new_secret(self.randomness, 16),
            now=self.clock(),
        )
        return authenticate_url(config.invoke_url, token)


def _redirect_uri(application: Application, request: AuthorizationRequest) -> str:
    return request.redirect_uri or application.redirect_uris[0]
