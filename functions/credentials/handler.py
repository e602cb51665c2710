"""Credentials (passkeys) of an identity, or with `-` of a whole realm.

GET   /v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}/credentials
GET, PATCH, DELETE  …/credentials/{credential_id}
POST  …/credentials/{credential_id}:revoke
Proof: management token with `credentials:read`, `:update`, `:delete` or `:revoke`.
Sources: RFC 7517, RFC 7638 (the public key and its thumbprint).
"""

from collections.abc import Mapping
from typing import Any

from keybound.directory.credentials import (
    delete_credential,
    get_credential,
    not_found,
    rename_credential,
    revoke_credential,
)
from keybound.domain.errors import NotFound
from keybound.domain.ids import IdentityId, is_hex_id
from keybound.domain.tenancy import RealmPath
from keybound.edge.action_route import action_route, split_action
from keybound.edge.credential_resource import credential_content
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped, realm_path, resource
from keybound.edge.realm_pages import answer_realm_page
from keybound.edge.room import Route, run

from functions.credentials import wiring
from functions.credentials.body import CredentialBody

EVERY_IDENTITY = "-"


def list_all(request: Request) -> Response:
    if request.path.get("identity_id") == EVERY_IDENTITY:
        return _list_realm(request)
    ports, identity_id = wiring.ports(), request.path.get("identity_id", "")
    missing = NotFound("Identity", identity_id)
    ports.auth.require(request, "credentials:read", missing=missing)
    path = realm_path(request, missing)
    found = None
    if is_hex_id(identity_id):
        found = ports.identities.find(path, IdentityId(identity_id))
    if found is None:
        raise missing
    return answer_realm_page(
        request,
        path,
        ports.credentials.of(found),
        credential_content,
        plural="credentials",
        sealer=ports.page_sealer,
        now=ports.flows.clock(),
    )


def _list_realm(request: Request) -> Response:
    ports, missing = wiring.ports(), NotFound("Realm", request.path.get("realm_id", ""))
    ports.auth.require(request, "credentials:read", missing=missing)
    path = realm_path(request, missing)
    if ports.configuration.find_realm(path.tenant_id, path.realm_id) is None:
        raise missing
    return answer_realm_page(
        request,
        path,
        ports.credentials,
        credential_content,
        plural="credentials",
        sealer=ports.page_sealer,
        now=ports.flows.clock(),
    )


def read(request: Request) -> Response:
    path, identity_id, credential_id = _named(request, "credentials:read")
    flows = wiring.ports().flows
    return resource(credential_content(get_credential(flows, path, identity_id, credential_id)))


def revoke(request: Request) -> Response:
    path, identity_id, credential_id = _named(request, "credentials:revoke")
    flows = wiring.ports().flows
    return resource(credential_content(revoke_credential(flows, path, identity_id, credential_id)))


def update(request: Request) -> Response:
    path, identity_id, credential_id = _named(request, "credentials:update")
    name = read_wrapped(request, "credential", CredentialBody).name()
    flows = wiring.ports().flows
    renamed = rename_credential(flows, path, identity_id, credential_id, name)
    return resource(credential_content(renamed))


def delete(request: Request) -> Response:
    path, identity_id, credential_id = _named(request, "credentials:delete")
    delete_credential(wiring.ports().flows, path, identity_id, credential_id)
    return deleted()


def _named(request: Request, scope: str) -> tuple[RealmPath, str, str]:
    credential_id, _ = split_action(request.path.get("credential_action", ""))
    missing = not_found(credential_id)
    wiring.ports().auth.require(request, scope, missing=missing)
    return realm_path(request, missing), request.path.get("identity_id", ""), credential_id


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}/credentials"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all}, management_error),
    _COLLECTION + "/{credential_action}": action_route(
        "credential_action",
        {"": {"GET": read, "PATCH": update, "DELETE": delete}, "revoke": {"POST": revoke}},
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="credentials")
