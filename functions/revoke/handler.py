"""The revocation endpoint: form `POST {issuer}/revoke`.

`token` is a refresh or access token; 200 with an empty body also for tokens that are none of the
client's. Client authentication as at the token endpoint, or a management
token with `tokens:delete`. RFC 7009.
"""

from typing import Any

from keybound.domain.errors import NotFound
from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import NO_STORE, oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.management_callers import require_manager, shows_bearer_token
from keybound.edge.oauth_http import form_without_query, issuer_path
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import ISSUER
from functions.revoke.wiring import ports
from functions.token_judges import management_auth


def revoke(request: Request) -> Response:
    """Answer one revocation request."""
    ids = issuer_path(request)
    pairs = form_without_query(request)
    if shows_bearer_token(request):
        missing = NotFound("Application", ids[2])
        who = require_manager(management_auth(), request, "tokens:delete", missing)
        ports().revoke_as_manager(*ids, pairs)
        return Response(200, headers=NO_STORE, notes=who)
    client = ports().revoke(*ids, pairs, request.header("authorization"))
    return Response(200, headers=NO_STORE, notes=client.notes)


ROUTES = {
    ISSUER + "/revoke": Route(
        {"POST": revoke},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="revoke")
