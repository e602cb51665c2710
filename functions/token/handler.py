"""The token endpoint: form `POST {issuer}/token`.

Grants authorization_code (with PKCE), refresh_token and client_credentials; client authentication
by Basic, body, signed assertion, or none for public clients; DPoP. RFC 6749 §3.2, §5 and §6,
RFC 7523, RFC 7636, RFC 9068, RFC 9449, RFC 9700.
"""

from typing import Any

from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.oauth_http import answer, form_without_query, issuer_path, with_nonce
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import ISSUER
from functions.token.wiring import ports


def token(request: Request) -> Response:
    """Answer one token request."""
    ids = issuer_path(request)
    pairs = form_without_query(request)
    authorization, dpop = request.header("authorization"), request.header("dpop")
    redeemed = ports().redeem(*ids, pairs, authorization, dpop)
    return with_nonce(answer(redeemed.content, redeemed.client.notes), redeemed.dpop_nonce)


ROUTES = {
    ISSUER + "/token": Route(
        {"POST": token},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="token")
