"""The one table from error class to status code, and the bodies errors are answered with.

Management and binding answers are `{code, message, details[]}`; OAuth endpoints answer
`{error, error_description}` as RFC 6749 §5.2 says.
"""

from typing import Any

from keybound.ceremonies.errors import CeremonyRefused
from keybound.domain import errors as e
from keybound.edge.http import Response
from keybound.edge.json_body import to_json
from keybound.oauth import errors as o

STATUS: dict[type[e.PlatformError], int] = {
    e.BadRequest: 400,
    e.Unauthorized: 401,
    e.Forbidden: 403,
    e.NotFound: 404,
    e.MethodNotAllowed: 405,
    e.Conflict: 409,
    e.Gone: 410,
    e.PreconditionFailed: 412,
    e.PayloadTooLarge: 413,
    e.UnprocessableEntity: 422,
    e.TooManyRequests: 429,
    e.Unavailable: 503,
    CeremonyRefused: 400,
    o.OAuthError: 400,
    o.InvalidClient: 401,
    o.InvalidToken: 401,
    o.InvalidProofForToken: 401,
    o.UseNonceForToken: 401,
    o.InsufficientScope: 403,
}

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
JSON = {"content-type": "application/json", "x-content-type-options": "nosniff"}


def status_of(error: e.PlatformError) -> int:
    """Return the status of the nearest class that has a row."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def management_error(error: e.PlatformError) -> Response:
    """Answer in the management API's form."""
    code = "bad_request" if isinstance(error, CeremonyRefused) else error.code
    body = {"code": code, "message": error.description, "details": _details(error)}
    return Response(status_of(error), to_json(body), {**JSON, **NO_STORE, **_headers(error)})


def oauth_error(error: e.PlatformError) -> Response:
    """Answer in OAuth's form; platform errors take the nearest registered code."""
    body = {"error": oauth_code(error), "error_description": _printable(error.description)}
    if isinstance(error, e.Unauthorized) and "error=" not in error.challenge:
        del body["error"]  # nothing was shown, so nothing is said about it (RFC 6750 §3.1)
    return Response(status_of(error), to_json(body), {**JSON, **NO_STORE, **_headers(error)})


def oauth_code(error: e.PlatformError) -> str:
    """Return the OAuth error code for any of our errors (RFC 6749 §5.2, §4.1.2.1)."""
    if isinstance(error, o.OAuthError):
        return error.code
    if isinstance(error, e.Unavailable):
        return "temporarily_unavailable"
    if isinstance(error, e.Unauthorized):
        return o.InvalidToken.code
    if isinstance(error, e.Forbidden):  # RFC 6750 §3.1, else RFC 6749 §4.1.2.1
        named = o.InsufficientScope.code in error.challenge
        return o.InsufficientScope.code if named else o.AccessDenied.code
    return error.code if status_of(error) in (404, 405, 413) else "invalid_request"


def _headers(error: e.PlatformError) -> dict[str, str]:
    headers = {}
    challenge = getattr(error, "challenge", "")
    if challenge:
        headers["www-authenticate"] = challenge
    if nonce := getattr(error, "dpop_nonce", ""):
        headers["dpop-nonce"] = nonce
    if isinstance(error, e.MethodNotAllowed):
        headers["allow"] = ", ".join(error.allow)
    if isinstance(error, e.Unavailable | e.TooManyRequests):
        headers["retry-after"] = str(error.retry_after_s)
    return headers


def _details(error: e.PlatformError) -> list[dict[str, Any]]:
    if isinstance(error, e.BadRequest) and error.violations:
        found = [{"field": v.field, "description": v.description} for v in error.violations]
        return [{"type": "FieldViolations", "field_violations": found}]
    if isinstance(error, e.BatchNotFound):
        missing = {
            "ResourceType": error.resource.resource_type,
            "IDs": list(error.ids),
            "Description": error.resource.description,
        }
        nothing = "nothing was changed"
        return [{"type": "BatchOperationErrors", "description": nothing, "errors": [missing]}]
    if isinstance(error, e.NotFound | e.UnprocessableEntity):
        info = error.resource
        return [
            {
                "type": "ResourceInfo",
                "resource_type": info.resource_type,
                "id": info.id,
                "description": info.description,
            }
        ]
    challenge = getattr(error, "challenge", "")
    # API Gateway may rename WWW-Authenticate on its way out, so the body repeats it.
    return [{"type": "Challenge", "www_authenticate": challenge}] if challenge else []


def _printable(text: str) -> str:
    """Keep to the characters RFC 6749 §5.2 allows in error_description."""
    return "".join(c if c in _ALLOWED else "?" for c in text)


_ALLOWED = frozenset(chr(c) for c in range(0x20, 0x7F)) - {'"', "\\"}
