"""The userinfo endpoint: `GET` and `POST {issuer}/userinfo` with a bearer token in the header, or
with a token bound to a key and a proof of that key.

OpenID Connect Core §5.3, RFC 6750, RFC 9449. The token is taken from the Authorization header only.
"""

from typing import Any

from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response, parse_pairs
from keybound.edge.oauth_http import answer, issuer_path, with_nonce
from keybound.edge.presented_token import presented_token
from keybound.edge.room import Route, run
from keybound.oauth.errors import InvalidRequest

from functions import composition
from functions.manifest import ISSUER
from functions.userinfo.wiring import ports


def userinfo(request: Request) -> Response:
    """Answer with the claims of whoever the token stands for."""
    ids = issuer_path(request)
    _refuse_token_elsewhere(request)
    presented = presented_token(request)
    response = answer(ports().claims_for(*ids, presented))
    return with_nonce(response, ports().proofs.new_nonce() if presented.is_dpop else "")


def _refuse_token_elsewhere(request: Request) -> None:
    """One method per request, and never the URI (RFC 6750 §2, RFC 9700 §4.3.2)."""
    places = [*request.query(), *parse_pairs(request.body.decode("utf-8", "replace"))]
    if any(name == "access_token" for name, _ in places):
        raise InvalidRequest("send the access token in the Authorization header")


ROUTES = {
    ISSUER + "/userinfo": Route(
        {"GET": userinfo, "POST": userinfo},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="userinfo")
