"""The introspection endpoint: form `POST {issuer}/introspect` and `POST {realm}/introspect`.

Client authentication of a confidential client, by Basic or body. 200 with `{"active": false}` and
nothing else for every token that is not good, or not for this client to see. RFC 7662.
"""

from typing import Any

from keybound.domain.errors import NotFound
from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.oauth_http import answer, form_without_query, issuer_path
from keybound.edge.realm_path import realm_path
from keybound.edge.room import Route, run
from keybound.oauth.introspection_endpoint import Introspected

from functions import composition
from functions.introspect.wiring import ports
from functions.manifest import ISSUER, REALM


def of_issuer(request: Request) -> Response:
    """Answer about a token of this issuer."""
    ids = issuer_path(request)
    pairs = form_without_query(request)
    return _answer(ports().for_issuer(*ids, pairs, request.header("authorization")))


def of_realm(request: Request) -> Response:
    """Answer about a token of any issuer of this realm."""
    where = realm_path(request, NotFound("Realm", request.path.get("realm_id", "")))
    pairs = form_without_query(request)
    authorization = request.header("authorization")
    return _answer(ports().for_realm(where.tenant_id, where.realm_id, pairs, authorization))


def _answer(found: Introspected) -> Response:
    outcome = "active" if found.content["active"] else "inactive"
    return answer(found.content, {"outcome": outcome, **found.client.notes})


ROUTES = {
    path: Route(
        {"POST": endpoint},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
    for path, endpoint in ((ISSUER + "/introspect", of_issuer), (REALM + "/introspect", of_realm))
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="introspect")
