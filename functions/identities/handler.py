"""Identities of a realm.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/identities
POST                /v1/tenants/{tenant_id}/realms/{realm_id}/identities:batchDelete
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}
GET                 …/identities/{identity_id}:listGroups, :listRoles?resource_server_id=
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
from keybound.directory.identity_batches import delete_identities
from keybound.domain.errors import NotFound
from keybound.domain.identity import Identity
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.edge.action_route import action_route
from keybound.edge.api_auth import Caller
from keybound.edge.entity_tags import (
    precondition,
    read_answer,
    refuse_precondition,
    tagged,
)
from keybound.edge.errors import management_error
from keybound.edge.filtered_pages import answer_filtered_page
from keybound.edge.http import Request, Response
from keybound.edge.identity_resource import identity_content
from keybound.edge.json_body import read_json_object
from keybound.edge.management import deleted, read_wrapped, realm_path, validated
from keybound.edge.room import Route, run

from functions.identities import memberships, wiring
from functions.identities.body import BatchDeleteBody, IdentityBody, NewIdentityBody


def create(request: Request) -> Response:
    (path, caller), ports = _realm(request, "identities:create"), wiring.ports()
    new = read_wrapped(request, "identity", NewIdentityBody).new_identity()
    return ports.once.answer(
        request,
        caller,
        lambda receipt: create_identity(ports.flows, path, new, receipt),
        _tagged,
    )


def list_all(request: Request) -> Response:
    (path, _), ports = _realm(request, "identities:read"), wiring.ports()
    return answer_filtered_page(
        request,
        path,
        ports.identities,
        identity_content,
        plural="identities",
        sealer=ports.page_sealer,
        now=ports.flows.clock(),
    )


def read(request: Request) -> Response:
    path, identity_id = _named(request, "identities:read")
    found = get_identity(wiring.ports().flows, path, identity_id)
    return read_answer(request, Versioned(found, found.revision), identity_content)


def update(request: Request) -> Response:
    path, identity_id = _named(request, "identities:update")
    change = read_wrapped(request, "identity", IdentityBody).change()
    unchanged = precondition(request, identity_content)
    return _tagged(update_identity(wiring.ports().flows, path, identity_id, change, unchanged))


def delete(request: Request) -> Response:
    path, identity_id = _named(request, "identities:delete")
    unchanged = precondition(request, identity_content)
    delete_identity(wiring.ports().flows, path, identity_id, unchanged)
    return deleted()


def batch_delete(request: Request) -> Response:
    path, _ = _realm(request, "identities:delete")
    refuse_precondition(request)
    body = validated("", BatchDeleteBody, read_json_object(request.body))
    delete_identities(wiring.ports().flows, path, body.ids)
    return deleted()


def _realm(request: Request, scope: str) -> tuple[RealmPath, Caller]:
    missing = NotFound("Realm", request.path.get("realm_id", ""))
    ports = wiring.ports()
    caller = ports.auth.require(request, scope, missing=missing)
    path = realm_path(request, missing)
    if ports.configuration.find_realm(path.tenant_id, path.realm_id) is None:
        raise missing
    return path, caller


def _named(request: Request, scope: str) -> tuple[RealmPath, str]:
    identity_id = request.path.get("identity_id", "")
    missing = not_found(identity_id)
    wiring.ports().auth.require(request, scope, missing=missing)
    return realm_path(request, missing), identity_id


def _tagged(identity: Identity) -> Response:
    return tagged(identity_content(identity), identity.revision)


_REALM = "/v1/tenants/{tenant_id}/realms/{realm_id}"
_COLLECTION = _REALM + "/identities"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _REALM + "/{collection_action}": action_route(
        "collection_action",
        {"batchDelete": {"POST": batch_delete}},
        management_error,
        only="identities",
    ),
    _COLLECTION + "/{identity_id}": action_route(
        "identity_id",
        {
            "": {"GET": read, "PATCH": update, "DELETE": delete},
            "listGroups": {"GET": memberships.list_groups},
            "listRoles": {"GET": memberships.list_roles},
        },
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="identities")
