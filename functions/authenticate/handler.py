"""`POST {issuer}/authenticate`: a passkey's answer to an authorization request.

Body `{request, credential: AuthenticationResponseJSON}`, or `{request, error: "access_denied"}`
when the person cancelled; answer `{redirect_url}`, or with `response_mode=form_post`
`{form_post: {action, parameters}}`, for the page to post. After a sign-in beside it `signals`: what
the browser is to know of the person's passkeys.
WebAuthn L3 §7.2, RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Form Post Response Mode.
"""

from typing import Any

from keybound.domain.passkey_signals import signals_content
from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import read_json_object
from keybound.edge.oauth_http import answer, destination, issuer_path
from keybound.edge.room import Route, run

from functions import composition
from functions.authenticate.wiring import ports
from functions.manifest import ISSUER


def authenticate(request: Request) -> Response:
    """Answer one assertion."""
    ids = issuer_path(request)
    finished = ports().finish(*ids, read_json_object(request.body))
    return answer(destination(finished) | signals_content(finished.signals), finished.notes)


ROUTES = {
    ISSUER + "/authenticate": Route(
        {"POST": authenticate},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="authenticate")
