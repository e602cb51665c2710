"""Applications of a realm.

GET, POST           /v1/tenants/{tenant_id}/realms/{realm_id}/applications
GET, PATCH, DELETE  /v1/tenants/{tenant_id}/realms/{realm_id}/applications/{application_id}
POST                /v1/tenants/{tenant_id}/realms/{realm_id}/applications/{id}:rotateSecret
Proof: management token with `applications:create`, `:read`, `:update` or `:delete`.
Sources: RFC 6749 §2 (clients), RFC 9700 §2.1 (redirect URIs).
"""

from collections.abc import Mapping
from typing import Any

from keybound.directory.application_settings import NewApplication
from keybound.directory.client_secrets import ClientSecrets
from keybound.domain.application import Application
from keybound.domain.clock import rfc3339
from keybound.edge.action_route import action_route
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.json_body import read_json_object
from keybound.edge.management import deleted, read_wrapped, validated
from keybound.edge.paging import SHORT_LIST
from keybound.edge.realm_resource import RealmResource
from keybound.edge.room import Route, run
from keybound.edge.short_lists import answer_page

from functions.applications import wiring
from functions.applications.body import (
    ApplicationBody,
    NewApplicationBody,
    SecretRotationBody,
    settings,
)

_APPLICATIONS = RealmResource("Application", "applications", "application_id", has_verbs=True)


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _APPLICATIONS.collection(ports.auth, request, "create")
    body = read_wrapped(request, "application", NewApplicationBody)
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: ports.registry.create(at.where, settings(body), at.caller.scopes, receipt),
        _made,
        secret_of=lambda made: made.derivation,
    )


def list_all(request: Request) -> Response:
    ports = wiring.ports()
    at = _APPLICATIONS.collection(ports.auth, request, "read")
    return answer_page(
        request,
        ports.registry.list(at.where),
        _content,
        plural="applications",
        limits=SHORT_LIST,
        sealer=ports.page_sealer,
        now=ports.clock(),
    )


def read(request: Request) -> Response:
    ports = wiring.ports()
    at = _APPLICATIONS.member(ports.auth, request, "read")
    return read_answer(request, ports.registry.get(at.where, at.id), _content)


def update(request: Request) -> Response:
    ports = wiring.ports()
    at = _APPLICATIONS.member(ports.auth, request, "update")
    changes = settings(read_wrapped(request, "application", ApplicationBody))
    changed = ports.registry.update(
        at.where, at.id, changes, at.caller.scopes, precondition(request, _content)
    )
    return tagged(_content(changed.entity), changed.revision)


def delete(request: Request) -> Response:
    ports = wiring.ports()
    at = _APPLICATIONS.member(ports.auth, request, "delete")
    ports.registry.delete(at.where, at.id, precondition(request, _content))
    return deleted()


def rotate_secret(request: Request) -> Response:
    """Body: empty, or `{"expires_in": seconds}`. The only other answer that says a secret."""
    ports = wiring.ports()
    at = _APPLICATIONS.member(ports.auth, request, "update")
    content = read_json_object(request.body) if request.body else {}
    body = validated("", SecretRotationBody, content)
    unchanged = precondition(request, _content)
    secrets = ClientSecrets(ports.registry)
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: secrets.rotate(
            at.where, at.id, body.expires_in, at.caller.scopes, unchanged, receipt
        ),
        _made,
        secret_of=lambda made: made.derivation,
    )


def _made(made: NewApplication) -> Response:
    """The resource with its secret, which no tag depends on."""
    whole = _content(made.application, made.client_secret)
    return tagged(_content(made.application), made.revision, answer=whole)


def _content(application: Application, client_secret: str = "") -> dict[str, Any]:
    """The resource; the secret is known at its creation and its rotation only."""
    protocol_config = {
        "type": application.protocol,
        "allowed_scopes": application.allowed_scopes,
        "client_id": application.client_id,
        "client_secret": client_secret,
        "confidentiality": application.confidentiality,
        "token_endpoint_auth_method": application.token_endpoint_auth_method,
        "grant_type": application.grant_types,
        "redirect_uris": application.redirect_uris,
        "token_configuration": {
            "expires_after": application.expires_after,
            "refresh_token_expires_after": application.refresh_token_expires_after,
            "token_signing_algorithm": application.token_signing_algorithm,
            "subject_field": application.subject_field,
        },
        "jwks": application.jwks,
        "jwks_uri": application.jwks_uri,
        "dpop_bound_access_tokens": application.dpop_bound_access_tokens,
        "pkce": application.pkce,
        "post_logout_redirect_uris": application.post_logout_redirect_uris,
        "backchannel_logout_uri": application.backchannel_logout_uri,
        "backchannel_logout_session_required": application.backchannel_logout_session_required,
        "require_pushed_authorization_requests": application.require_pushed_authorization_requests,
        "token_format": application.token_format,
    }
    for name in ("client_secret", "jwks", "jwks_uri"):
        if not protocol_config[name]:
            del protocol_config[name]
    if until := application.previous_secret_expires_at:
        protocol_config["previous_client_secret_expire_time"] = rfc3339(until)
    content = {
        "id": application.id,
        "realm_id": application.realm_id,
        "tenant_id": application.tenant_id,
        "resource_server_id": application.resource_server_id,
        "authenticator_config_id": application.authenticator_config_id,
        "display_name": application.display_name,
        "is_managed": application.is_managed,
        "protocol_config": protocol_config,
    }
    return {name: value for name, value in content.items() if value is not None}


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/applications"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{application_id}": action_route(
        "application_id",
        {
            "": {"GET": read, "PATCH": update, "DELETE": delete},
            "rotateSecret": {"POST": rotate_secret},
        },
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="applications")
