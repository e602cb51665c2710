"""Files that browsers and phones look for on our domain, made by the service from its config."""

from flask import Blueprint, Response, abort

from examples.relying_party.failures import ServiceUnreachable
from examples.relying_party.parts import parts

pages = Blueprint("well_known", __name__)

#: Nothing else is passed on: our web server is no way into the service's.
FILES = ("webauthn", "assetlinks.json", "apple-app-site-association", "passkey-endpoints")
TIMEOUT_S = 10


@pages.get("/.well-known/<name>")
def read(name: str) -> Response:
    if name not in FILES:
        abort(404)
    import requests  # here, so that the first page does not wait for it

    try:
        url = f"{parts().settings.well_known_files}/{name}"
        found = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        raise ServiceUnreachable from error
    if found.status_code == 404:
        abort(404)
    if found.status_code != 200:
        raise ServiceUnreachable
    return Response(found.content, mimetype="application/json")
