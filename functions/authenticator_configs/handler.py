"""Authenticator configs of a realm.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/authenticator-configs
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/authenticator-configs/{config_id}
Proof: management token with `authenticator-configs:create`, `:read`, `:update` or `:delete`.
Sources: WebAuthn L3 §5.1.3 (RP IDs), §13.4.9 (expected origins).
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.errors import NotFound
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped, realm_path, resource
from keybound.edge.paging import SHORT_LIST
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page

from functions.authenticator_configs import wiring
from functions.authenticator_configs.body import (
    AuthenticatorConfigBody,
    NewAuthenticatorConfigBody,
    settings,
)


def create(request: Request) -> Response:
    missing = NotFound("Realm", request.path.get("realm_id", ""))
    _check_caller(request, "authenticator-configs:create", missing)
    where = realm_path(request, missing)
    body = read_wrapped(request, "authenticator_config", NewAuthenticatorConfigBody)
    return resource(_content(wiring.ports().registry.create(where, settings(body))))


def list_all(request: Request) -> Response:
    missing = NotFound("Realm", request.path.get("realm_id", ""))
    _check_caller(request, "authenticator-configs:read", missing)
    ports = wiring.ports()
    return answer_page(
        request,
        ports.registry.list(realm_path(request, missing)),
        _content,
        plural="authenticator_configs",
        limits=SHORT_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def read(request: Request) -> Response:
    config_id, missing = _named(request)
    _check_caller(request, "authenticator-configs:read", missing)
    where = realm_path(request, missing)
    return resource(_content(wiring.ports().registry.get(where, config_id)))


def update(request: Request) -> Response:
    config_id, missing = _named(request)
    _check_caller(request, "authenticator-configs:update", missing)
    where = realm_path(request, missing)
    body = read_wrapped(request, "authenticator_config", AuthenticatorConfigBody)
    config = wiring.ports().registry.update(
        where,
        config_id,
        settings(body),
        confirm_orphans_credentials=body.confirms_orphans,
    )
    return resource(_content(config))


def delete(request: Request) -> Response:
    config_id, missing = _named(request)
    _check_caller(request, "authenticator-configs:delete", missing)
    wiring.ports().registry.delete(realm_path(request, missing), config_id)
    return deleted()


def _named(request: Request) -> tuple[str, NotFound]:
    config_id = request.path.get("config_id", "")
    return config_id, NotFound("AuthenticatorConfig", config_id)


def _check_caller(request: Request, scope: str, missing: NotFound) -> None:
    wiring.ports().auth.require(request, scope, missing=missing)


def _content(config: AuthenticatorConfig) -> dict[str, Any]:
    return {
        "id": config.id,
        "realm_id": config.realm_id,
        "tenant_id": config.tenant_id,
        "display_name": config.display_name,
        "config": {
            "type": config.type,
            "invoke_url": config.invoke_url,
            "invocation_type": config.invocation_type,
            "trusted_origins": config.trusted_origins,
            "authentication_methods": [{"type": m} for m in config.authentication_methods],
            "relying_party_id": config.relying_party_id,
            "expected_origins": config.expected_origins,
        },
    }


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/authenticator-configs"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{config_id}": Route(
        {"GET": read, "PATCH": update, "DELETE": delete}, management_error
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="authenticator_configs")
