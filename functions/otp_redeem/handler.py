"""`POST {issuer}/otp/redeem`: a one-time password finishes an authorization request.

Body `{request, otp_session, code}`; answer as that of `{issuer}/authenticate`, and
`passkey_binding_token`. A wrong code is 400 `invalid_one_time_password`: another may be tried. When
none can be any more: 400 `invalid_request`.
"""

from typing import Any

from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import read_json_object
from keybound.edge.oauth_http import answer, destination, issuer_path
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import ISSUER
from functions.otp_redeem.wiring import ports


def redeem(request: Request) -> Response:
    redeemed = ports().redeem(*issuer_path(request), read_json_object(request.body))
    token = {"passkey_binding_token": redeemed.passkey_binding_token}
    return answer(destination(redeemed.finished) | token, redeemed.finished.notes)


ROUTES = {
    ISSUER + "/otp/redeem": Route(
        {"POST": redeem},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="otp_redeem")
