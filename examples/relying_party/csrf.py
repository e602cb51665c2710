"""Only our own pages may change anything: a token of the session with every unsafe request.

Forms send it as the field `csrf_token`, scripts as the header `X-CSRF-Token`. What browsers say of
where a request comes from is judged as well, for the case that a token leaks.
"""

import hmac
import secrets

from flask import Flask, Request, request, session

from examples.relying_party.failures import Failure

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    """Return the session's token, made on first use."""
    if "csrf_token" not in session:
        session["csrf_token"] = secrets.token_urlsafe(32)
    token: str = session["csrf_token"]
    return token


def install(app: Flask, own_origin: str) -> None:
    """Refuse unsafe requests that do not come from our pages, whatever their route."""

    @app.before_request
    def check() -> None:
        if request.method not in SAFE_METHODS and not _is_ours(request, own_origin):
            raise Failure(
                403,
                "This page was open too long",
                "Nothing was changed. Go back, load the page again and repeat what you did.",
            )

    app.jinja_env.globals["csrf_token"] = csrf_token


def _is_ours(sent: Request, own_origin: str) -> bool:
    if sent.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    # `null` is what forms of pages with Referrer-Policy no-referrer send, ours among them.
    if sent.headers.get("Origin", "null") not in ("null", own_origin):
        return False
    expected = session.get("csrf_token", "")
    given = sent.headers.get("X-CSRF-Token") or sent.form.get("csrf_token", "")
    # Bytes, because compare_digest takes no text beyond ASCII.
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())
