"""The checks of an authorization request, in order. Each returns None or raises.

The first group decides where an error may go: what it raises is shown on a page. The second
group's errors travel back to the redirect URI that the first has found to be good.
"""

import re
from collections.abc import Callable

from keybound.domain.application import AUTHORIZATION_CODE, Application
from keybound.oauth import errors as e
from keybound.oauth.authorization_request import AuthorizationRequest
from keybound.oauth.pkce import is_code_challenge
from keybound.oauth.redirect_uris import is_registered, origin_of
from keybound.oauth.scopes import OPENID, granted_to_identity, requested_scopes

Check = Callable[[Application, AuthorizationRequest], None]

LIMITS = {"state": 1024, "nonce": 255, "redirect_uri": 1024, "scope": 256, "login_hint": 128}
FORM_POST = "form_post"
RESPONSE_MODES = ("", "query", FORM_POST)
_PRINTABLE = re.compile(r"[\x20-\x7e]*\Z")
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})


def check_client(application: Application, request: AuthorizationRequest) -> None:
    if "client_id" in request.repeated or request.client_id != application.client_id:
        raise e.InvalidRequest("the client_id is missing or not this application's")


def check_redirect_uri(application: Application, request: AuthorizationRequest) -> None:
    if "redirect_uri" in request.repeated:
        raise e.InvalidRequest("the redirect_uri was sent more than once")
    if not request.redirect_uri:
        if OPENID in request.scope.split(" ") or len(application.redirect_uris) != 1:
            raise e.InvalidRequest("the redirect_uri is missing")
    elif not is_registered(application, request.redirect_uri):
        raise e.InvalidRequest("the redirect_uri is not registered for this application")
    elif len(request.redirect_uri) > LIMITS["redirect_uri"]:
        raise e.InvalidRequest("the redirect_uri is too long")


def check_repeated(application: Application, request: AuthorizationRequest) -> None:
    if request.repeated:
        raise e.InvalidRequest("a parameter was sent more than once")


def check_bounds(application: Application, request: AuthorizationRequest) -> None:
    for name, limit in LIMITS.items():
        value = getattr(request, name)
        if len(value) > limit:
            raise e.InvalidRequest(f"{name} is longer than {limit} characters")
        if not _PRINTABLE.match(value):
            error = e.InvalidScope if name == "scope" else e.InvalidRequest
            raise error(f"{name} must be printable ASCII")


def check_unsupported(application: Application, request: AuthorizationRequest) -> None:
    if request.request:
        raise e.RequestNotSupported("the request parameter is not supported")
    if request.request_uri:
        raise e.RequestUriNotSupported("the request_uri parameter is not supported")
    if request.registration:
        raise e.RegistrationNotSupported("the registration parameter is not supported")


def check_response_type(application: Application, request: AuthorizationRequest) -> None:
    if not request.response_type:
        raise e.InvalidRequest("the response_type is missing")
    if request.response_type != "code":
        raise e.UnsupportedResponseType("the only response_type is code")
    if AUTHORIZATION_CODE not in application.grant_types:
        raise e.UnauthorizedClient("this application may not use the authorization code grant")


def check_response_mode(application: Application, request: AuthorizationRequest) -> None:
    if request.response_mode not in RESPONSE_MODES:
        raise e.InvalidRequest("the response_mode must be query or form_post")
    target = request.redirect_uri or application.redirect_uris[0]
    if request.response_mode == FORM_POST and origin_of(target) is None:
        raise e.InvalidRequest("form_post needs a redirect_uri that a browser can post to")


def check_pushed(application: Application, request: AuthorizationRequest) -> None:
    if application.require_pushed_authorization_requests and not request.pushed:
        raise e.InvalidRequest("this application must push its authorization requests")


def check_scope(application: Application, request: AuthorizationRequest) -> None:
    requested_scopes(request.scope)
    granted_to_identity(application, request.scope)


def check_pkce(application: Application, request: AuthorizationRequest) -> None:
    challenge, method = request.code_challenge, request.code_challenge_method
    if not challenge:
        if method:
            raise e.InvalidRequest("code_challenge_method without code_challenge")
        if application.needs_pkce:
            raise e.InvalidRequest("this application must use PKCE")
        return
    if method != "S256":
        raise e.InvalidRequest("the only code_challenge_method is S256")
    if not is_code_challenge(challenge):
        raise e.InvalidRequest("the code_challenge is malformed")


def check_dpop_jkt(application: Application, request: AuthorizationRequest) -> None:
    """A SHA-256 thumbprint has the form of an S256 challenge."""
    if request.dpop_jkt and not is_code_challenge(request.dpop_jkt):
        raise e.InvalidRequest("the dpop_jkt is no SHA-256 thumbprint")


def check_prompt(application: Application, request: AuthorizationRequest) -> None:
    prompts = request.prompt.split(" ") if request.prompt else []
    if any(prompt not in _PROMPTS for prompt in prompts):
        raise e.InvalidRequest("unknown prompt value")
    if "none" in prompts:
        if len(prompts) > 1:
            raise e.InvalidRequest("prompt none stands alone")
        raise e.LoginRequired("there is no session to continue; a person must sign in")


def check_max_age(application: Application, request: AuthorizationRequest) -> None:
    text = request.max_age
    if text and not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise e.InvalidRequest("max_age is not a number of seconds")


PAGE_CHECKS: tuple[Check, ...] = (
    check_client,  # RFC 6749 §4.1.1, §4.1.2.1
    check_redirect_uri,  # RFC 6749 §3.1.2, RFC 9700 §2.1, OpenID Connect Core §3.1.2.1
)

REDIRECT_CHECKS: tuple[Check, ...] = (
    check_repeated,  # RFC 6749 §3.1
    check_unsupported,  # OpenID Connect Core §6, §7.2.1
    check_response_type,  # RFC 6749 §3.1.1, §4.1.2.1
    check_response_mode,  # OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode §2
    check_pushed,  # RFC 9126 §5
    check_bounds,  # bounds of the sealed request
    check_scope,  # RFC 6749 §3.3
    check_pkce,  # RFC 7636 §4.3, §4.4.1, RFC 9700 §2.1.1
    check_dpop_jkt,  # RFC 9449 §10
    check_prompt,  # OpenID Connect Core §3.1.2.1
    check_max_age,  # OpenID Connect Core §3.1.2.1
)
