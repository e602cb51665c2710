"""What callers of a binding link see: JSON for apps, a page for people, and who may read it.

A page of another origin may read an answer only after the link's token was verified and its origin
found among the config's; so refusals before that carry no CORS headers at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from keybound.domain.errors import PlatformError
from keybound.edge.errors import JSON, NO_STORE, management_error, status_of
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.pages import page

PRIVATE = {**NO_STORE, "referrer-policy": "no-referrer", "vary": "Origin, Accept"}
_TITLES = {404: "This link does not work", 410: "This link has ended", 503: "Please try again"}
_ENDED = (
    " To make a passkey, ask for a new link where you got this one."
    " If it was used and not by you, say so there."
)
_NOT_FOUND = "It is incomplete, or it was replaced. Ask for a new link where you got this one."


@contextmanager
def answered_as(*, page: bool = False, origin: str = "") -> Iterator[None]:
    """Let refusals raised inside be answered as a page, or be readable by `origin`."""
    try:
        yield
    except PlatformError as error:
        shown: dict[str, object] = error.__dict__
        shown["as_page"] = page or shown.get("as_page", False)
        shown["readable_by"] = origin or shown.get("readable_by", "")
        raise


def binding_error(error: PlatformError) -> Response:
    """Answer a refusal in the form that the call asked for."""
    origin = str(getattr(error, "readable_by", ""))
    if not getattr(error, "as_page", False):
        return management_error(error).with_headers(PRIVATE | readable_by(origin))
    status = status_of(error)
    text = _NOT_FOUND if status == 404 else f"{error.description.capitalize()}."
    text += _ENDED if status == 410 else ""
    shown = page(status, _TITLES.get(status, "This link cannot be used"), text)
    kept = management_error(error).headers
    extra = {name: kept[name] for name in ("retry-after", "allow") if name in kept}
    return shown.with_headers(PRIVATE | extra)


def readable_by(origin: str) -> dict[str, str]:
    """Return the CORS header for an origin that was found good, or nothing."""
    return {"access-control-allow-origin": origin} if origin else {}


def json_answer(content: dict[str, object], request: Request) -> Response:
    """Answer a caller that may read this: its Origin, if any, was checked."""
    headers = {**JSON, **PRIVATE, **readable_by(request.header("origin"))}
    return Response(200, to_json(content), headers)


def redirect(location: str, request: Request) -> Response:
    """Send a browser on to the app."""
    headers = {"location": location, **PRIVATE, **readable_by(request.header("origin"))}
    return Response(302, "", headers)
