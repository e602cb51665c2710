"""A small website whose users sign in with passkeys: made to be read, and to be copied."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, abort, send_from_directory

from examples.relying_party import csrf, failures, security_headers
from examples.relying_party.parts import NAME, make_parts
from examples.relying_party.sessions import ServerSessions
from examples.relying_party.settings import Settings
from examples.relying_party.views import (
    account,
    ceremonies,
    home,
    passkeys,
    sign_in,
    sign_up,
    well_known,
)
from examples.relying_party.visitor import current_user
from examples.relying_party.words import as_date_and_time

LARGEST_BODY = 16 * 1024


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> Flask:
    """Return the WSGI application. clock: epoch seconds."""
    app = Flask(__name__)
    base = urlsplit(settings.base_url)
    app.config.update(TRUSTED_HOSTS=[base.hostname], MAX_CONTENT_LENGTH=LARGEST_BODY)
    app.session_interface = ServerSessions(settings.secret_key, clock, https=base.scheme == "https")
    app.extensions[NAME] = make_parts(settings, clock)
    csrf.install(app, settings.base_url)
    failures.install(app, settings.base_url)
    security_headers.install(app, settings.auth_origin)
    for view in (home, sign_up, passkeys, sign_in, ceremonies, account, well_known):
        app.register_blueprint(view.pages)
    _serve_sdk(app, settings)
    app.jinja_env.globals.update(
        auth_origin=settings.auth_origin,
        mailbox_url=settings.mailbox_url,
        current_user=current_user,
    )
    app.jinja_env.filters["date_and_time"] = as_date_and_time
    return app


def _serve_sdk(app: Flask, settings: Settings) -> None:
    """The browser SDK comes from our own origin, as the content security policy asks."""

    @app.get("/sdk/<name>")
    def sdk(name: str) -> Response:
        if not name.endswith(".js"):
            abort(404)
        return send_from_directory(settings.sdk_folder, name, mimetype="text/javascript")
