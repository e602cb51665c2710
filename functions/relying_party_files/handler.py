"""The well-known files of a relying party, for its own domain to serve.

`GET …/authenticator-configs/{config_id}/well-known/{document}`: `webauthn` (WebAuthn L3 §5.11),
`assetlinks.json`, `apple-app-site-association`, `passkey-endpoints`. Readable by anybody, as the
files are; a file that the config has nothing for does not exist, and nor does an unknown config.
"""

from collections.abc import Mapping
from typing import Any

from keybound.directory.relying_party_files import FILES
from keybound.domain.errors import NotFound
from keybound.domain.ids import AuthenticatorConfigId, is_uuid
from keybound.edge.cors import public_headers, public_preflight
from keybound.edge.errors import JSON, management_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.realm_path import realm_path
from keybound.edge.room import Route, run

from functions import composition
from functions.manifest import WELL_KNOWN_FILE

CACHE_S = 300


def read(request: Request) -> Response:
    name, config_id = request.path.get("document", ""), request.path.get("config_id", "")
    missing = NotFound("Document", name)
    path, make = realm_path(request, missing), FILES.get(name)
    if make is None or not is_uuid(config_id):
        raise missing
    config = composition.configuration().find_authenticator_config(
        path.tenant_id, path.realm_id, AuthenticatorConfigId(config_id)
    )
    content = make(config) if config is not None else None
    if content is None:
        raise missing
    headers = {**JSON, "cache-control": f"public, max-age={CACHE_S}"}
    return Response(200, to_json(content), headers)


ROUTES: dict[str, Route] = {
    WELL_KNOWN_FILE: Route({"GET": read}, management_error, public_preflight, public_headers),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="relying_party_files")
