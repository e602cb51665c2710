"""The tokens of an application's principals.

GET     /v1/tenants/{tenant_id}/realms/{realm_id}/applications/{application_id}/tokens
DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/applications/{application_id}/tokens/{token_id}
Proof: management token with `tokens:read` or `tokens:delete`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from keybound.domain.application import Application
from keybound.domain.errors import NotFound, refuse_field
from keybound.domain.ids import ApplicationId, IdentityId, is_hex_id, is_uuid
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted
from keybound.edge.paging import SHORT_LIST
from keybound.edge.realm_path import realm_path
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page
from keybound.oauth.token_list import TokenEntry

from functions.manifest import ISSUER
from functions.tokens import wiring

APPLICATION = "application"
IDENTITY = "identity"


def list_all(request: Request) -> Response:
    ports = wiring.ports()
    application = _application(request, "tokens:read")
    kind, principal_id = _parameter(request, "principal_type"), _parameter(request, "principal_id")
    return answer_page(
        request,
        _listed(application, kind, principal_id),
        _content,
        plural="tokens",
        part=f"{kind}/{principal_id}",
        limits=SHORT_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def delete(request: Request) -> Response:
    application = _application(request, "tokens:delete")
    wiring.ports().tokens.end(application, request.path.get("token_id", ""))
    return deleted()


def _application(request: Request, scope: str) -> Application:
    ports, application_id = wiring.ports(), request.path.get("application_id", "")
    missing = NotFound("Application", application_id)
    ports.auth.require(request, scope, missing=missing)
    where = realm_path(request, missing)
    if not is_uuid(application_id):
        raise missing
    a = ApplicationId(application_id)
    found = ports.configuration.find_application(where.tenant_id, where.realm_id, a)
    if found is None:
        raise missing
    return found


def _listed(application: Application, kind: str, principal_id: str) -> Sequence[TokenEntry]:
    """Raises BadRequest naming the parameter. An identity that is unknown has no tokens."""
    tokens = wiring.ports().tokens
    if kind == APPLICATION:
        if principal_id not in ("", application.id):
            raise refuse_field("principal_id", "must be the application's own id, or left out")
        return tokens.of_client(application)
    if kind != IDENTITY:
        raise refuse_field("principal_type", f"must be {APPLICATION} or {IDENTITY}")
    if not is_hex_id(principal_id):
        raise refuse_field("principal_id", "must be the id of an identity")
    return tokens.of_identity(application, IdentityId(principal_id))


def _parameter(request: Request, name: str) -> str:
    found = [value for given, value in request.query() if given == name]
    if len(found) > 1:
        raise refuse_field(name, "sent more than once")
    return found[0] if found else ""


def _content(entry: TokenEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "display_name": entry.display_name,
        "scopes": entry.scopes,
        "token_suffix": entry.token_suffix,
        "token_format": entry.token_format,
        "token_type": entry.token_type,
        "expires": entry.expires,
        "issued_at": entry.issued_at,
    }


ROUTES: dict[str, Route] = {
    ISSUER + "/tokens": Route({"GET": list_all}, management_error),
    ISSUER + "/tokens/{token_id}": Route({"DELETE": delete}, management_error),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="tokens")
