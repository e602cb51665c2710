"""What an application must be like, judged on the whole of it as it would be stored.

Each check yields the members it refuses. Sources: RFC 6749 §2.1, §3.1.2; RFC 7636; RFC 9700 §2.1.
"""

import re
from collections.abc import Iterable, Iterator

from keybound.directory import redirect_uris
from keybound.directory.client_key_rules import PROTOCOL as PROTOCOL
from keybound.directory.client_key_rules import check_client_keys
from keybound.domain import application as a
from keybound.domain.application import Application
from keybound.domain.errors import FieldViolation
from keybound.domain.token_limits import TokenLimits

CONFIG_ID = "application.authenticator_config_id"
RESOURCE_SERVER_ID = "application.resource_server_id"

MAX_REDIRECT_URIS = 50
MAX_SCOPES = 200
SHORTEST_TOKEN_S = 60
SHORTEST_REFRESH_S = 300
SUBJECT_FIELDS = ("id", "email", "username")
OPENID_SCOPES = frozenset(
    {"openid", "profile", "email", "address", "phone", "offline_access", "groups", "roles"}
)

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}\Z")
PROTOCOLS = (a.OIDC, a.OAUTH2)
KINDS = (a.CONFIDENTIAL, a.PUBLIC)
PKCE = (a.PKCE_S256, a.PKCE_DISABLED)
TOKEN_FORMATS = (a.SELF_CONTAINED, a.REFERENTIAL)
ALGORITHMS = (a.RS256, a.ES256)
GRANTS = (a.AUTHORIZATION_CODE, a.CLIENT_CREDENTIALS, a.REFRESH_TOKEN)

Violations = Iterator[FieldViolation]


def violations(application: Application, limits: TokenLimits) -> list[FieldViolation]:
    """Return every refused member, named as in a request body."""
    refused = [violation for check in CHECKS for violation in check(application)]
    return [*refused, *check_lifetimes(application, limits)]


def check_kind(application: Application) -> Violations:
    yield from _one_of("type", application.protocol, PROTOCOLS)
    yield from _one_of("confidentiality", application.confidentiality, KINDS)


def check_grants(application: Application) -> Violations:
    grants = application.grant_types
    if not grants:
        yield _refused("grant_type", "must not be empty")
    if len(grants) > len(GRANTS):
        yield _refused("grant_type", f"more than {len(GRANTS)}")
        return
    for index, grant in enumerate(grants):
        yield from _one_of(f"grant_type[{index}]", grant, GRANTS)
        yield from _not_repeated("grant_type", grants, index)
    if application.protocol == a.OIDC and a.AUTHORIZATION_CODE not in grants:
        yield _refused("grant_type", "oidc needs authorization_code")
    if a.REFRESH_TOKEN in grants and a.AUTHORIZATION_CODE not in grants:
        yield _refused("grant_type", "refresh_token needs authorization_code to come from")
    if application.is_public and a.CLIENT_CREDENTIALS in grants:
        yield _refused("grant_type", "public clients have no secret to use client_credentials with")


def check_redirect_uris(application: Application) -> Violations:
    if a.AUTHORIZATION_CODE in application.grant_types and not application.redirect_uris:
        yield _refused("redirect_uris", "authorization_code needs at least one")
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        yield from _uris(member, getattr(application, member), application.is_public)


def check_pushed_requests(application: Application) -> Violations:
    if application.is_public and application.require_pushed_authorization_requests:
        name = "require_pushed_authorization_requests"
        yield _refused(name, "public clients cannot push: only clients that authenticate can")


def check_authenticator_config(application: Application) -> Violations:
    needed = a.AUTHORIZATION_CODE in application.grant_types
    if needed and application.authenticator_config_id is None:
        yield FieldViolation(CONFIG_ID, "missing: authorization_code needs one")


def check_pkce(application: Application) -> Violations:
    if application.pkce == "plain":
        yield _refused("pkce", "plain is not supported, it protects nothing: use s256")
    else:
        yield from _one_of("pkce", application.pkce, PKCE)
    if application.is_public and application.pkce == a.PKCE_DISABLED:
        yield _refused("pkce", "public clients must use s256")


def check_tokens(application: Application) -> Violations:
    yield from _one_of("token_format", application.token_format, TOKEN_FORMATS)
    algorithm = application.token_signing_algorithm
    configuration = "token_configuration"
    yield from _one_of(f"{configuration}.token_signing_algorithm", algorithm, ALGORITHMS)
    yield from _one_of(f"{configuration}.subject_field", application.subject_field, SUBJECT_FIELDS)


def check_lifetimes(application: Application, limits: TokenLimits) -> Violations:
    """No token may live for longer than the deployment allows."""
    for member, lifetime, shortest, longest in (
        ("expires_after", application.expires_after, SHORTEST_TOKEN_S, limits.access_s),
        (
            "refresh_token_expires_after",
            application.refresh_token_expires_after,
            SHORTEST_REFRESH_S,
            limits.refresh_s,
        ),
    ):
        if not shortest <= lifetime <= longest:
            bounds = f"{shortest} to {longest} seconds"
            yield _refused(f"token_configuration.{member}", bounds)


def check_scopes(application: Application) -> Violations:
    scopes = application.allowed_scopes
    if scopes and application.resource_server_id is None:
        yield _refused("allowed_scopes", "must be empty without a resource server")
    if len(scopes) > MAX_SCOPES:
        yield _refused("allowed_scopes", f"more than {MAX_SCOPES}")
        return
    for index, scope in enumerate(scopes):
        name = f"allowed_scopes[{index}]"
        if scope in OPENID_SCOPES:
            yield _refused(name, "OpenID scopes need not be allowed and cannot be")
        elif not SCOPE.match(scope):
            yield _refused(name, "not a scope (RFC 6749 §3.3)")
        yield from _not_repeated("allowed_scopes", scopes, index)


CHECKS = (
    check_kind,
    check_grants,
    check_redirect_uris,
    check_authenticator_config,
    check_pushed_requests,
    check_pkce,
    check_tokens,
    check_scopes,
    check_client_keys,
)


def _uris(member: str, uris: tuple[str, ...], is_public: bool) -> Violations:
    """Where a browser is sent back to, after a sign-in or a sign-out: one rule for both."""
    if len(uris) > MAX_REDIRECT_URIS:
        yield _refused(member, f"more than {MAX_REDIRECT_URIS}")
        return
    for index, uri in enumerate(uris):
        reason = redirect_uris.refusal(uri, is_public=is_public)
        if reason:
            yield _refused(f"{member}[{index}]", reason)
        yield from _not_repeated(member, uris, index)


def _refused(member: str, description: str) -> FieldViolation:
    return FieldViolation(f"{PROTOCOL}.{member}", description)


def _one_of(member: str, value: str, allowed: Iterable[str]) -> Violations:
    if value not in allowed:
        yield _refused(member, f"must be {' or '.join(allowed)}")


def _not_repeated(member: str, values: tuple[str, ...], index: int) -> Violations:
    if values[index] in values[:index]:
        yield _refused(f"{member}[{index}]", "repeated")
