"""Identities of a realm.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/identities
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}
Proof: management token with `identities:create`, `:read`, `:update` or `:delete`.
Sources: RFC 7644 §3.4.2.2 (filter), Unicode UAX #15 (usernames).
"""

from collections.abc import Mapping
from typing import Any

from keybound.directory.identities import (
    create_identity,
    delete_identity,
    get_identity,
    not_found,
    update_identity,
)
from keybound.domain.clock import rfc3339
from keybound.domain.errors import NotFound
from keybound.domain.identity import Identity
from keybound.domain.tenancy import RealmPath
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, listing, read_wrapped, realm_path, resource
from keybound.edge.realm_pages import answer_realm_page
from keybound.edge.room import Route, run

from functions.identities import wiring
from functions.identities.body import IdentityBody, NewIdentityBody
from functions.identities.filter import username_filter


def create(request: Request) -> Response:
    path = _realm(request, "identities:create")
    new = read_wrapped(request, "identity", NewIdentityBody).new_identity()
    return resource(_content(create_identity(wiring.ports().flows, path, new)))


def list_all(request: Request) -> Response:
    path, ports = _realm(request, "identities:read"), wiring.ports()
    username = username_filter(request)
    if username is not None:
        found = ports.identities.find_by_username(path, username)
        return listing("identities", [_content(found)] if found else [], int(found is not None))
    return answer_realm_page(
        request,
        path,
        ports.identities,
        _content,
        plural="identities",
        sealer=ports.page_sealer,
        now=ports.flows.clock(),
    )


def read(request: Request) -> Response:
    path, identity_id = _named(request, "identities:read")
    return resource(_content(get_identity(wiring.ports().flows, path, identity_id)))


def update(request: Request) -> Response:
    path, identity_id = _named(request, "identities:update")
    change = read_wrapped(request, "identity", IdentityBody).change()
    return resource(_content(update_identity(wiring.ports().flows, path, identity_id, change)))


def delete(request: Request) -> Response:
    path, identity_id = _named(request, "identities:delete")
    delete_identity(wiring.ports().flows, path, identity_id)
    return deleted()


def _realm(request: Request, scope: str) -> RealmPath:
    missing = NotFound("Realm", request.path.get("realm_id", ""))
    ports = wiring.ports()
    ports.auth.require(request, scope, missing=missing)
    path = realm_path(request, missing)
    if ports.configuration.find_realm(path.tenant_id, path.realm_id) is None:
        raise missing
    return path


def _named(request: Request, scope: str) -> tuple[RealmPath, str]:
    identity_id = request.path.get("identity_id", "")
    missing = not_found(identity_id)
    wiring.ports().auth.require(request, scope, missing=missing)
    return realm_path(request, missing), identity_id


def _content(identity: Identity) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": identity.id,
        "realm_id": identity.realm_id,
        "tenant_id": identity.tenant_id,
        "display_name": identity.display_name,
        "status": identity.status,
        "traits": {"type": "traits_v0", **identity.traits},
        "create_time": rfc3339(identity.create_time),
        "update_time": rfc3339(identity.update_time),
    }
    if identity.passkeys:
        # Without a passkey it could be PENDING or UNENROLLED, which only a look at the jobs tells.
        content["enrollment_status"] = "ENROLLED"
    return content


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/identities"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{identity_id}": Route(
        {"GET": read, "PATCH": update, "DELETE": delete}, management_error
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="identities")
