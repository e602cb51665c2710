"""HTTP rules that OAuth endpoints share: forms, no parameters in the URI, no caching."""

from collections.abc import Mapping
from typing import Any

from keybound.domain.errors import NotFound
from keybound.domain.ids import (
    ApplicationId,
    RealmId,
    TenantId,
    is_hex_id,
    is_uuid,
)
from keybound.edge.errors import JSON, NO_STORE
from keybound.edge.http import Request, Response, parse_pairs
from keybound.edge.json_body import to_json
from keybound.oauth.authorization_response import Finished
from keybound.oauth.errors import InvalidRequest

FORM = "application/x-www-form-urlencoded"


def issuer_path(request: Request) -> tuple[TenantId, RealmId, ApplicationId]:
    """Return the ids of an issuer's path. Raises NotFound for what cannot be one."""
    t, r, a = (request.path.get(name, "") for name in ("tenant_id", "realm_id", "application_id"))
    if not (is_hex_id(t) and is_hex_id(r) and is_uuid(a)):
        raise NotFound("Application", a)
    return TenantId(t), RealmId(r), ApplicationId(a)


def form_pairs(request: Request) -> list[tuple[str, str]]:
    """Return the pairs of a form body. Raises InvalidRequest for another content type."""
    content_type = request.header("content-type").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise InvalidRequest(f"the body must be {FORM}")
    try:
        return parse_pairs(request.body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not UTF-8") from error


def form_without_query(request: Request) -> list[tuple[str, str]]:
    """Return the form's pairs; parameters in the URI are refused (RFC 6749 §3.2, RFC 6750 §5.3)."""
    if request.raw_query:
        raise InvalidRequest("parameters belong in the body, not in the URI")
    return form_pairs(request)


def answer(content: Mapping[str, Any], notes: Mapping[str, str] | None = None) -> Response:
    """Return 200 with JSON that nobody may store (RFC 6749 §5.1). notes: for the log line."""
    return Response(200, to_json(content), {**JSON, **NO_STORE}, notes or {})


def destination(finished: Finished) -> dict[str, Any]:
    """Return where a finished sign-in leads: `redirect_url`, or with `response_mode=form_post`
    `form_post: {action, parameters}`, for the page to post."""
    if finished.parameters is None:
        return {"redirect_url": finished.url}
    return {"form_post": {"action": finished.url, "parameters": dict(finished.parameters)}}


def with_nonce(response: Response, nonce: str) -> Response:
    """Tell the nonce for the next DPoP proof, if there is one (RFC 9449 §8.2)."""
    return response.with_headers({"dpop-nonce": nonce}) if nonce else response


def redirect(location: str) -> Response:
    """Return 302 to a location that was judged before; nothing caches it or learns it."""
    headers = {"location": location, "referrer-policy": "no-referrer", **NO_STORE}
    return Response(302, headers=headers)
