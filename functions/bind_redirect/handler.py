"""Binding links: following one, and the two calls that bind a passkey with it.

…/identities/{identity_id}/credential-binding-jobs/{job_action} on the auth host, with
GET   {job_id}:invokeAuthenticator?token=…   to the app's `/bind`, or JSON for callers that ask
POST  {job_id}:beginBinding                  Authorization: Bearer token
POST  {job_id}:completeBinding               Authorization: Bearer token; spends the link
Proof: the link's token. Sources: WebAuthn L3 §7.1, RFC 6750 §2.1, Fetch (CORS).
"""

from collections.abc import Mapping
from typing import Any

from keybound.binding.ceremony import Begun, begin_binding, complete_binding
from keybound.binding.invocation import instruction, redirect_target
from keybound.binding.links import Link, LinkPath, admit, check_open, check_origin, not_found
from keybound.domain.errors import BadRequest
from keybound.domain.identity import Identity
from keybound.domain.passkey_signals import signals_content
from keybound.edge.action_route import action_route, split_action
from keybound.edge.api_auth import bearer_token
from keybound.edge.cors import public_preflight
from keybound.edge.credential_resource import credential_content
from keybound.edge.http import Request, Response
from keybound.edge.pages import wants_json
from keybound.edge.realm_path import realm_path
from keybound.edge.room import Route, run

from functions.bind_redirect import wiring
from functions.bind_redirect.answers import answered_as, binding_error, json_answer, redirect
from functions.bind_redirect.body import read_answer


def invoke(request: Request) -> Response:
    ports, for_program = wiring.ports(), wants_json(request)
    with answered_as(page=not for_program):
        token = _token_of_query(request)
        link = _admit(request, token)
        with answered_as(origin=request.header("origin")):
            check_open(link.job, ports.flows.clock)
        if for_program:
            return json_answer({**instruction(link, token, ports.auth_base_url)}, request)
        return redirect(redirect_target(link, token, ports.auth_base_url), request)


def begin(request: Request) -> Response:
    link = _admit(request, bearer_token(request))
    with answered_as(origin=request.header("origin")):
        begun = begin_binding(wiring.ports().flows, link)
    return json_answer(_begun(begun, link.identity), request)


def complete(request: Request) -> Response:
    link = _admit(request, bearer_token(request))
    with answered_as(origin=request.header("origin")):
        bound = complete_binding(wiring.ports().flows, link, read_answer(request))
    content: dict[str, object] = {"credential": credential_content(bound.credential)}
    content |= signals_content(bound.signals)
    if bound.post_binding_redirect_uri:
        content["post_binding_redirect_uri"] = bound.post_binding_redirect_uri
    return json_answer(content, request)


def _admit(request: Request, token: str) -> Link:
    """Return the link, for the holder of its token on an origin that may use it."""
    job_id, _ = split_action(request.path.get("job_action", ""))
    path = LinkPath(realm_path(request, not_found()), request.path.get("identity_id", ""), job_id)
    flows = wiring.ports().flows
    link = admit(flows.links, flows.configuration, path, token)
    check_origin(link, request.header("origin"))
    return link


def _token_of_query(request: Request) -> str:
    """Return the token; a link without exactly one is as unknown as one with a wrong token."""
    try:
        tokens = [value for name, value in request.query() if name == "token"]
    except BadRequest:
        tokens = []
    if len(tokens) != 1:
        raise not_found()
    return tokens[0]


def _begun(begun: Begun, identity: Identity) -> dict[str, object]:
    person = {
        "id": identity.id,
        "display_name": identity.display_name,
        "username": identity.username,
    }
    if identity.email:
        person["primary_email_address"] = identity.email
    return {
        "public_key": begun.public_key,
        "binding_session": begun.binding_session,
        "tenant": {"id": begun.tenant.id, "display_name": begun.tenant.display_name},
        "realm": {"id": begun.realm.id, "display_name": begun.realm.display_name},
        "identity": person,
        "theme": {
            "logo_url_light": begun.theme.logo_url_light if begun.theme else "",
            "logo_url_dark": begun.theme.logo_url_dark if begun.theme else "",
            "support_url": begun.theme.support_url if begun.theme else "",
        },
    }


_ROUTE = (
    "/v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}"
    "/credential-binding-jobs/{job_action}"
)

ROUTES: dict[str, Route] = {
    _ROUTE: action_route(
        "job_action",
        {
            "invokeAuthenticator": {"GET": invoke},
            "beginBinding": {"POST": begin},
            "completeBinding": {"POST": complete},
        },
        binding_error,
        preflight=public_preflight,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="bind_redirect")
