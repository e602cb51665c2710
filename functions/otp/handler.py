"""`POST {issuer}/otp`: asks for a one-time password by mail.

Body `{request, email}`; answer `{otp_session, expires_in}`, the same whether anybody is known by
the address or not. Asking again voids the code before.
"""

from typing import Any

from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import read_json_object
from keybound.edge.oauth_http import answer, issuer_path
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import ISSUER
from functions.otp.wiring import ports


def ask(request: Request) -> Response:
    asked = ports().ask(*issuer_path(request), read_json_object(request.body))
    return answer({"otp_session": asked.session, "expires_in": asked.expires_in})


ROUTES = {
    ISSUER + "/otp": Route(
        {"POST": ask},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="otp")
