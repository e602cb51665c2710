"""The theme of a realm: how its mails and pages look.

POST        /v1/tenants/{tenant_id}/realms/{realm_id}/themes
GET         /v1/tenants/{tenant_id}/realms/{realm_id}/themes/active
GET, PATCH  /v1/tenants/{tenant_id}/realms/{realm_id}/themes/{theme_id}
Proof: management token with `themes:create`, `:read` or `:update`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from keybound.domain.clock import rfc3339
from keybound.domain.errors import MethodNotAllowed
from keybound.domain.theme import BindingMailTexts, PasskeyMailTexts, Theme
from keybound.domain.versioned import FIRST_REVISION
from keybound.edge.entity_tags import precondition, read_answer, tagged
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import read_wrapped
from keybound.edge.realm_resource import RealmResource
from keybound.edge.room import Route, run

from functions.themes import wiring
from functions.themes.body import ThemeBody

ACTIVE = "active"
_THEMES = RealmResource("Theme", "themes", "theme_id")


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _THEMES.collection(ports.auth, request, "create")
    settings = read_wrapped(request, "theme", ThemeBody).settings()
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: ports.registry.create(at.where, settings, receipt),
        lambda made: tagged(_content(made), FIRST_REVISION),
    )


def read(request: Request) -> Response:
    ports = wiring.ports()
    if request.path.get("theme_id") == ACTIVE:
        at = _THEMES.collection(ports.auth, request, "read")
        return read_answer(request, ports.registry.active(at.where), _content)
    at = _THEMES.member(ports.auth, request, "read")
    return read_answer(request, ports.registry.get(at.where, at.id), _content)


def update(request: Request) -> Response:
    if request.path.get("theme_id") == ACTIVE:
        raise MethodNotAllowed(("GET", "HEAD", "OPTIONS"))
    ports = wiring.ports()
    at = _THEMES.member(ports.auth, request, "update")
    settings = read_wrapped(request, "theme", ThemeBody).settings()
    changed = ports.registry.update(at.where, at.id, settings, precondition(request, _content))
    return tagged(_content(changed.entity), changed.revision)


def _content(theme: Theme) -> dict[str, Any]:
    """The resource; the default theme is stored nowhere and has no id."""
    named = {"id": theme.id} if theme.id else {}
    return named | {
        "tenant_id": theme.tenant_id,
        "realm_id": theme.realm_id,
        "email_realm_name": theme.email_realm_name,
        "logo_url_light": theme.logo_url_light,
        "logo_url_dark": theme.logo_url_dark,
        "support_url": theme.support_url,
        "button_color": theme.button_color,
        "button_text_color": theme.button_text_color,
        "binding_mail_texts": _said(theme.binding_mail_texts),
        "passkey_mail_texts": _said(theme.passkey_mail_texts),
        "create_time": rfc3339(theme.create_time),
        "update_time": rfc3339(theme.update_time),
    }


def _said(own: Sequence[BindingMailTexts | PasskeyMailTexts]) -> list[dict[str, str]]:
    return [{name: text for name, text in asdict(each).items() if text} for each in own]


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/themes"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"POST": create}, management_error),
    _COLLECTION + "/{theme_id}": Route({"GET": read, "PATCH": update}, management_error),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="themes")
