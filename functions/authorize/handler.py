"""The authorization endpoint: `GET` and form `POST {issuer}/authorize`.

RFC 6749 §3.1, RFC 7636, RFC 9207, OpenID Connect Core §3.1.2. Automatic invocation answers 302
to the app, manual invocation 200 with `authenticate_url`. Errors that are found before client
and redirect URI are known to be good are shown on a page and never redirect.
"""

from dataclasses import replace
from typing import Any

from keybound.domain.errors import PlatformError
from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import JSON, NO_STORE, oauth_error, status_of
from keybound.edge.form_post import form_post_page
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.oauth_http import answer, form_without_query, issuer_path, redirect
from keybound.edge.pages import page, wants_json
from keybound.edge.room import Route, noted, run
from keybound.oauth.authorize_endpoint import RedirectableError
from keybound.oauth.redirect_uris import extend

from functions import composition
from functions.authorize.wiring import ports
from functions.manifest import ISSUER

_ADVICE = (
    "Go back to the site you came from and try again; if this comes up again, tell whoever runs it."
)
LONGEST_LOCATION = 8192  # of the 10,240 bytes that API Gateway allows for all headers of an answer


def authorize(request: Request) -> Response:
    """Answer one authorization request."""
    try:
        ids = issuer_path(request)
        pairs = form_without_query(request) if request.method == "POST" else request.query()
        begun = ports().begin(*ids, pairs)
    except RedirectableError as error:
        return _told_to_client(request, error)
    except PlatformError as error:
        return _shown(request, error)
    if begun.manual:
        return answer({"authenticate_url": begun.authenticate_url})
    return redirect(begun.authenticate_url)


def _told_to_client(request: Request, error: RedirectableError) -> Response:
    """Answer by redirect or form post, or by JSON where the app asked for manual invocation.

    A state that no redirect can carry was never this client's: the error is shown instead.
    """
    cause = error.cause
    members = {"error": cause.code, "error_description": cause.description}
    if error.state:
        members["state"] = error.state
    members["iss"] = error.issuer
    if error.manual:
        return Response(400, to_json(members), {**JSON, **NO_STORE}, noted(cause))
    if error.form_post:
        return replace(form_post_page(error.redirect_uri, members), notes=noted(cause))
    location = extend(error.redirect_uri, members)
    if len(location) > LONGEST_LOCATION:
        return _shown(request, cause)
    return replace(redirect(location), notes=noted(cause))


def _shown(request: Request, error: PlatformError) -> Response:
    """Show an error that must not travel: a page for people, JSON for programs."""
    if wants_json(request):
        return replace(oauth_error(error), notes=noted(error))
    text = f"{error.description[:1].upper()}{error.description[1:]}. {_ADVICE}"
    shown = page(status_of(error), "This sign-in request is not valid", text)
    kept = {k: v for k, v in oauth_error(error).headers.items() if k in ("retry-after", "allow")}
    return replace(shown.with_headers(kept), notes=noted(error))


ROUTES = {
    ISSUER + "/authorize": Route(
        {"GET": authorize, "POST": authorize},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="authorize")
