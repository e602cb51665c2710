"""Scopes: what may be asked for, and what is granted (RFC 6749 §3.3, OpenID Connect Core §5.4)."""

import re

from keybound.domain.application import Application
from keybound.oauth.errors import InvalidScope

OPENID = "openid"
IDENTITY_SCOPES = (OPENID, "profile", "email", "phone", "address")
OFFLINE_ACCESS = "offline_access"
GROUPS = "groups"
ROLES = "roles"
PERSONAL_SCOPES = (*IDENTITY_SCOPES, OFFLINE_ACCESS, GROUPS, ROLES)
MAX_SCOPE_CHARACTERS = 4096

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*\Z")


def requested_scopes(scope: str) -> tuple[str, ...]:
    """Split a scope parameter, repeats dropped. Raises InvalidScope for a malformed one."""
    if not scope:
        return ()
    if len(scope) > MAX_SCOPE_CHARACTERS or not _SCOPE.match(scope):
        raise InvalidScope("malformed scope")
    return tuple(dict.fromkeys(scope.split(" ")))


def scopes_of(application: Application) -> tuple[str, ...]:
    """Return every scope that an authorization request may ask for: those of OpenID,
    `offline_access` where there are refresh tokens, `groups`, `roles` where there is a resource
    server to hold them on, and the application's own."""
    offline = (OFFLINE_ACCESS,) if application.may_refresh else ()
    roles = (ROLES,) if application.resource_server_id is not None else ()
    personal = (*IDENTITY_SCOPES, *offline, GROUPS, *roles)
    return tuple(dict.fromkeys((*personal, *application.allowed_scopes)))


def granted_to_identity(application: Application, scope: str) -> tuple[str, ...]:
    """Return what an authorization request is granted; without a scope, all that is allowed.

    The scopes of OpenID need not be in `allowed_scopes`. Raises InvalidScope for anything else
    that is not allowed, and when nothing would be granted.
    """
    return _granted(requested_scopes(scope), scopes_of(application), application.allowed_scopes)


def granted_to_client(application: Application, scope: str) -> tuple[str, ...]:
    """Return what a client_credentials request is granted: no identity scope, since no person
    stands behind it; without a scope, all that is allowed, maybe nothing. Raises InvalidScope."""
    allowed = tuple(s for s in application.allowed_scopes if s not in PERSONAL_SCOPES)
    return _granted(requested_scopes(scope), allowed, allowed) if scope else allowed


def may_hold(application: Application, scope: str) -> bool:
    """Whether a granted `scope` is still within what the application may ask for."""
    return bool(scope) and set(scope.split(" ")) <= set(scopes_of(application))


def narrowed(granted: str, scope: str) -> str:
    """Return what a refresh request is given: all that was granted, or the part it asks for.

    Raises InvalidScope for anything that was not granted (RFC 6749 §6).
    """
    had, wanted = granted.split(" "), requested_scopes(scope)
    if not set(wanted) <= set(had):
        raise InvalidScope("a requested scope was not granted at sign-in")
    return " ".join(one for one in had if not wanted or one in wanted)


def _granted(
    requested: tuple[str, ...], allowed: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    if any(scope not in allowed for scope in requested):
        raise InvalidScope("a requested scope is not allowed for this application")
    granted = requested or default
    if not granted:
        raise InvalidScope("a scope is required")
    return granted
