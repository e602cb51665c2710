"""The end_session endpoint: `GET` and form `POST {issuer}/end_session`.

Ends the sign-in that `id_token_hint` names, then goes to `post_logout_redirect_uri` if that is
registered, else shows a page. Without a hint nothing is ended. HEAD ends nothing either.
OpenID Connect RP-Initiated Logout 1.0.
"""

from dataclasses import replace
from typing import Any

from keybound.domain.errors import PlatformError
from keybound.edge.errors import oauth_error, status_of
from keybound.edge.http import Request, Response
from keybound.edge.oauth_http import form_without_query, issuer_path, redirect
from keybound.edge.pages import page
from keybound.edge.room import Route, noted, run

from functions.end_session.wiring import ports
from functions.manifest import ISSUER

_SIGNED_OUT = ("You are signed out", "You may close this window.")
_NOTHING_ENDED = (
    "Nothing was signed out",
    "This request does not say which sign-in to end. Go back to the site you came from and sign "
    "out there.",
)
_NOT_VALID = "This sign-out request is not valid"


def end_session(request: Request) -> Response:
    """Answer one logout request."""
    if request.method == "HEAD":  # asks what a GET would say, and must change nothing
        return page(200, *_NOTHING_ENDED)
    try:
        ids = issuer_path(request)
        pairs = form_without_query(request) if request.method == "POST" else request.query()
        signed_out = ports().end(*ids, pairs)
    except PlatformError as error:
        return _shown(error)
    if signed_out.redirect_uri:
        return replace(redirect(signed_out.redirect_uri), notes={"outcome": "ended"})
    if signed_out.ended:
        return replace(page(200, *_SIGNED_OUT), notes={"outcome": "ended"})
    return replace(page(200, *_NOTHING_ENDED), notes={"outcome": "nothing ended"})


def _shown(error: PlatformError) -> Response:
    text = f"{error.description[:1].upper()}{error.description[1:]}. You are not signed out."
    shown = page(status_of(error), _NOT_VALID, text)
    kept = {k: v for k, v in oauth_error(error).headers.items() if k in ("retry-after", "allow")}
    return replace(shown.with_headers(kept), notes=noted(error))


ROUTES = {
    ISSUER + "/end_session": Route(
        {"GET": end_session, "POST": end_session}, error_form=oauth_error
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="end_session")
