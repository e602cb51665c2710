"""Scopes: what may be asked for, and what is granted (RFC 6749 §3.3, OpenID Connect Core §5.4)."""

import re

from keybound.domain.application import Application
from keybound.oauth.errors import InvalidScope

OPENID = "openid"
IDENTITY_SCOPES = (OPENID, "profile", "email")
MAX_SCOPE_CHARACTERS = 4096

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*\Z")


def requested_scopes(scope: str) -> tuple[str, ...]:
    """Split a scope parameter, repeats dropped. Raises InvalidScope for a malformed one."""
    if not scope:
        return ()
    if len(scope) > MAX_SCOPE_CHARACTERS or not _SCOPE.match(scope):
        raise InvalidScope("malformed scope")
    return tuple(dict.fromkeys(scope.split(" ")))


def granted_to_identity(application: Application, scope: str) -> tuple[str, ...]:
    """Return what an authorization request is granted; without a scope, all that is allowed.

    `openid profile email` need not be in `allowed_scopes`. Raises InvalidScope for anything else
    that is not allowed, and when nothing would be granted.
    """
    allowed = (*IDENTITY_SCOPES, *application.allowed_scopes)
    return _granted(requested_scopes(scope), allowed, application.allowed_scopes)


def granted_to_client(application: Application, scope: str) -> tuple[str, ...]:
    """Return what a client_credentials request is granted: no identity scope, since no person
    stands behind it; without a scope, all that is allowed, maybe nothing. Raises InvalidScope."""
    allowed = tuple(s for s in application.allowed_scopes if s not in IDENTITY_SCOPES)
    return _granted(requested_scopes(scope), allowed, allowed) if scope else allowed


def may_hold(application: Application, scope: str) -> bool:
    """Whether a granted `scope` is still within what the application may ask for."""
    allowed = (*IDENTITY_SCOPES, *application.allowed_scopes)
    return bool(scope) and all(one in allowed for one in scope.split(" "))


def _granted(
    requested: tuple[str, ...], allowed: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    if any(scope not in allowed for scope in requested):
        raise InvalidScope("a requested scope is not allowed for this application")
    granted = requested or default
    if not granted:
        raise InvalidScope("a scope is required")
    return granted
