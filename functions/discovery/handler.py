"""What clients read first: metadata in both its places, and the published keys.

`GET {issuer}/.well-known/openid-configuration` (OpenID Connect Discovery §4),
`GET /.well-known/oauth-authorization-server{issuer path}` (RFC 8414 §3.1) and
`GET {issuer}/.well-known/jwks.json` (RFC 7517 §5). Readable from every origin.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.application import Application
from keybound.domain.errors import NotFound
from keybound.domain.issuer import issuer_url
from keybound.edge.cors import public_headers, public_preflight
from keybound.edge.errors import JSON, oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.oauth_http import issuer_path
from keybound.edge.room import Endpoint, Route, run
from keybound.oauth.metadata import metadata
from keybound.signing.jwks import key_set

from functions import composition
from functions.manifest import ISSUER, WELL_KNOWN

CACHE_S = 300


def read_metadata(request: Request) -> Response:
    """Answer with the issuer's metadata."""
    ids = issuer_path(request)
    issuer = issuer_url(composition.settings().auth_base_url, *ids)
    return _cacheable(metadata(issuer, _application(request)))


def read_keys(request: Request) -> Response:
    """Answer with the JWK Set: previous, current and next keys, public members only."""
    _application(request)
    return _cacheable(key_set(composition.configuration().signing_keys()))


def _application(request: Request) -> Application:
    ids = issuer_path(request)
    application = composition.configuration().find_application(*ids)
    if application is None:
        raise NotFound("Application", ids[2])
    return application


def _cacheable(content: Mapping[str, Any]) -> Response:
    return Response(200, to_json(content), {**JSON, "cache-control": f"public, max-age={CACHE_S}"})


def _route(endpoint: Endpoint) -> Route:
    return Route({"GET": endpoint}, oauth_error, public_preflight, public_headers)


ROUTES = {
    ISSUER + "/.well-known/openid-configuration": _route(read_metadata),
    WELL_KNOWN + "/oauth-authorization-server" + ISSUER: _route(read_metadata),
    ISSUER + "/.well-known/jwks.json": _route(read_keys),
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="discovery")
