"""Authenticator configs of a realm.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/authenticator-configs
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/authenticator-configs/{config_id}
Proof: management token with `authenticator-configs:create`, `:read`, `:update` or `:delete`.
Sources: WebAuthn L3 §5.1.3 (RP IDs), §13.4.9 (expected origins).
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.versioned import FIRST_REVISION
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import deleted, read_wrapped
from keybound.edge.paging import SHORT_LIST
from keybound.edge.realm_resource import RealmResource
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page

from functions.authenticator_configs import wiring
from functions.authenticator_configs.body import (
    AuthenticatorConfigBody,
    NewAuthenticatorConfigBody,
    settings,
)

_CONFIGS = RealmResource("AuthenticatorConfig", "authenticator-configs", "config_id")


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _CONFIGS.collection(ports.auth, request, "create")
    body = read_wrapped(request, "authenticator_config", NewAuthenticatorConfigBody)
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: ports.registry.create(at.where, settings(body), receipt),
        lambda made: tagged(_content(made), FIRST_REVISION),
    )


def list_all(request: Request) -> Response:
    ports = wiring.ports()
    at = _CONFIGS.collection(ports.auth, request, "read")
    return answer_page(
        request,
        ports.registry.list(at.where),
        _content,
        plural="authenticator_configs",
        limits=SHORT_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def read(request: Request) -> Response:
    ports = wiring.ports()
    at = _CONFIGS.member(ports.auth, request, "read")
    return read_answer(request, ports.registry.get(at.where, at.id), _content)


def update(request: Request) -> Response:
    ports = wiring.ports()
    at = _CONFIGS.member(ports.auth, request, "update")
    body = read_wrapped(request, "authenticator_config", AuthenticatorConfigBody)
    changed = ports.registry.update(
        at.where,
        at.id,
        settings(body),
        confirm_orphans_credentials=body.confirms_orphans,
        precondition=precondition(request, _content),
    )
    return tagged(_content(changed.entity), changed.revision)


def delete(request: Request) -> Response:
    ports = wiring.ports()
    at = _CONFIGS.member(ports.auth, request, "delete")
    ports.registry.delete(at.where, at.id, precondition(request, _content))
    return deleted()


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
            "additional_passkey_policy": config.additional_passkey_policy,
            "one_time_password_creates_identities": config.one_time_password_creates_identities,
            "related_origins": config.related_origins,
            "android_apps": [asdict(app) for app in config.android_apps],
            "apple_app_ids": config.apple_app_ids,
            "passkey_enroll_url": config.passkey_enroll_url,
            "passkey_manage_url": config.passkey_manage_url,
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
