"""What went wrong, in words for the person: a page, or JSON for our own scripts."""

import logging
from dataclasses import dataclass

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

log = logging.getLogger(__name__)

_WORDS = {
    404: ("There is no such page", "The address may be mistyped, or the page has moved."),
    405: ("That cannot be done here", "Go to the first page and start from there."),
    413: ("That was too much", "What was sent is larger than this application accepts."),
}


@dataclass(eq=False)  # compared by identity, as exceptions are
class Failure(Exception):
    """Ends a request with an explanation. `title` and `words` are shown, so they hold no secret."""

    status: int
    title: str
    words: str
    action: str = "Back to the first page"
    target: str = "/"


class ServiceUnreachable(Failure):
    """The passkey service did not answer, or not in time. Nothing is known to have changed."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "The passkey service cannot be reached",
            "Nothing is wrong with your passkey. Wait a moment, then try again.",
            action="Try again",
        )


class ServiceRefused(Failure):
    """The service answered with something this application has no use for: a wrong setting, say."""

    def __init__(self, service_status: int) -> None:
        self.service_status = service_status
        super().__init__(
            502,
            "The passkey service refused this",
            "Trying again is unlikely to help. Please tell whoever runs this site.",
        )


def install(app: Flask, own_url: str) -> None:
    """Answer every failure in one form."""

    @app.errorhandler(Failure)
    def expected(failure: Failure) -> tuple[Response | str, int]:
        if failure.status >= 500:
            log.warning("%s at %s: %r", type(failure).__name__, request.path, failure.__cause__)
        return _answer(failure)

    @app.errorhandler(SecurityError)
    def foreign_name(_: SecurityError) -> tuple[Response | str, int]:
        words = "A passkey belongs to the name of a site, so this one is used under its own name."
        return _answer(Failure(400, "Open the demo by its name", words, f"Open {own_url}", own_url))

    @app.errorhandler(HTTPException)
    def by_status(error: HTTPException) -> tuple[Response | str, int]:
        status = error.code or 500
        title, words = _WORDS.get(status, ("That did not work", "Please go back and try again."))
        return _answer(Failure(status, title, words))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[Response | str, int]:
        log.error("unexpected failure at %s", request.path, exc_info=error)
        return _answer(
            Failure(
                500, "Something went wrong here", "It is our mistake, not yours. Please try again."
            )
        )


def _answer(failure: Failure) -> tuple[Response | str, int]:
    if request.accept_mimetypes.best == "application/json":
        return jsonify({"message": f"{failure.title}. {failure.words}"}), failure.status
    return render_template("failure.html", failure=failure), failure.status
