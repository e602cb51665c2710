"""What a generator of calls needs: a realm with one of everything, the management API as a WSGI
application, and its OpenAPI document with the ids of that realm filled in."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from functions.manifest import Host
from tests.support.access_bodies import server_body
from tests.support.binding_steps import BindingSteps, new_binding
from tests.support.configuration_bodies import client_body, make_application
from tests.support.openapi_answers import published
from tests.support.platform import Platform
from tools.devserver.events import HttpCall
from tools.devserver.invocation import call_route

Start = Callable[[str, list[tuple[str, str]]], object]


def wsgi(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Bring one call to the api host, as a gateway would."""
    headers = [
        (name[5:].replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(("content-type", environ["CONTENT_TYPE"]))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    call = HttpCall(environ["REQUEST_METHOD"], environ["REQUEST_URI"], headers, body)
    answer = call_route(Host.API, call)
    start_response(f"{answer.status} -", list(answer.headers.items()))
    return [answer.body]


def filled(platform: Platform) -> dict[str, Any]:
    """Return the document whose path variables can only be what is there."""
    document, ids = copy.deepcopy(published()), _ids(platform)
    for item in document["paths"].values():
        for parameter in item.get("parameters", []):
            if value := ids.get(parameter["name"]):
                parameter["schema"] = {"type": "string", "enum": [value]}
    return document


def _ids(platform: Platform) -> dict[str, str]:
    steps = new_binding(platform)
    server = _made(platform, "/resource-servers", server_body())
    theme = {"theme": {"email_realm_name": "Shop"}}
    return {
        "tenant_id": platform.tenant_id,
        "realm_id": platform.realm_id,
        "resource_server_id": server,
        "role_id": _made(
            platform, f"/resource-servers/{server}/roles", {"role": {"display_name": "Clerks"}}
        ),
        "group_id": _made(platform, "/groups", {"group": {"display_name": "Staff"}}),
        "theme_id": _made(platform, "/themes", theme),
    } | _bound(platform, steps)


def _bound(platform: Platform, steps: BindingSteps) -> dict[str, str]:
    """A person with a passkey and an open link, and a client."""
    return {
        "identity_id": str(steps.identity["id"]),
        "credential_id": str(steps.bind()["id"]),
        "job_id": steps.link().job["id"],
        "config_id": steps.config_id,
        "application_id": str(make_application(platform, client_body())["id"]),
    }


def _made(platform: Platform, path: str, body: dict[str, Any]) -> str:
    answer = platform.manage("POST", path, body)
    assert answer.status == 200, answer.text
    return str(answer.json()["id"])
