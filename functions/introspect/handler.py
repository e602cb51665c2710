"""The introspection endpoint: form `POST {issuer}/introspect` and `POST {realm}/introspect`.

Client authentication of a confidential client, by Basic or body; at the realm's also a management
token with `tokens:introspect`. 200 with `{"active": false}` and
nothing else for every token that is not good, or not for this client to see. RFC 7662.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.errors import NotFound
from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.management_callers import require_manager, shows_bearer_token
from keybound.edge.oauth_http import answer, form_without_query, issuer_path
from keybound.edge.realm_path import realm_path
from keybound.edge.room import Route, run
from keybound.oauth.introspection_endpoint import Introspected

from functions import composition
from functions.introspect.wiring import ports
from functions.manifest import ISSUER, REALM
from functions.token_judges import management_auth


def of_issuer(request: Request) -> Response:
    """Answer about a token of this issuer."""
    ids = issuer_path(request)
    pairs = form_without_query(request)
    return _answer(ports().for_issuer(*ids, pairs, request.header("authorization")))


def of_realm(request: Request) -> Response:
    """Answer about a token of any issuer of this realm."""
    missing = NotFound("Realm", request.path.get("realm_id", ""))
    where = realm_path(request, missing)
    pairs = form_without_query(request)
    if shows_bearer_token(request):
        auth = management_auth()
        who = require_manager(auth, request, "tokens:introspect", missing)
        found = ports().for_manager(where.tenant_id, where.realm_id, pairs)
        return answer(found, {"outcome": _outcome(found), **who})
    authorization = request.header("authorization")
    return _answer(ports().for_realm(where.tenant_id, where.realm_id, pairs, authorization))


def _answer(found: Introspected) -> Response:
    return answer(found.content, {"outcome": _outcome(found.content), **found.client.notes})


def _outcome(found: Mapping[str, Any]) -> str:
    return "active" if found["active"] else "inactive"


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
