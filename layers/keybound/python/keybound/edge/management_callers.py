"""Callers of the auth host who show a management token instead of being a client."""

from keybound.domain.errors import Forbidden, NotFound
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.http import Request
from keybound.oauth.errors import InsufficientScope


def shows_bearer_token(request: Request) -> bool:
    """Whether the Authorization header is of the Bearer scheme (RFC 6750 §2.1)."""
    return request.header("authorization").partition(" ")[0].lower() == "bearer"


def require_manager(
    auth: ManagementAuth, request: Request, scope: str, missing: NotFound
) -> dict[str, str]:
    """Return, for the log line, the caller whose management token holds `scope` in the tenant of
    the path. Raises Unauthorized, InsufficientScope (RFC 6750 §3.1), `missing`."""
    try:
        caller = auth.admit(request, scope, missing=missing)
    except Forbidden as error:
        raise InsufficientScope(scope) from error
    return {"principal": caller.principal}
