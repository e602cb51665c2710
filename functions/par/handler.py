"""Pushed authorization requests: form `POST {issuer}/par`.

The parameters of an authorization request, with client authentication as at the token endpoint;
answer 201 `{request_uri, expires_in}`. Errors are JSON and never redirect; a DPoP proof binds the
code. RFC 9126, RFC 9449 §10.1.
"""

from typing import Any

from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import JSON, NO_STORE, oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.oauth_http import form_without_query, issuer_path, with_nonce
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import ISSUER
from functions.par.wiring import ports


def push(request: Request) -> Response:
    """Answer one pushed request."""
    ids = issuer_path(request)
    pairs = form_without_query(request)
    authorization, dpop = request.header("authorization"), request.header("dpop")
    pushed = ports().push(*ids, pairs, authorization, dpop)
    content = {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}
    response = Response(201, to_json(content), {**JSON, **NO_STORE}, pushed.client.notes)
    return with_nonce(response, pushed.dpop_nonce)


ROUTES = {
    ISSUER + "/par": Route(
        {"POST": push},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="par")
