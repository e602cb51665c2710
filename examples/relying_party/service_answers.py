"""How the service is asked and what its answers hold: bearer tokens, JSON objects, refusals."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from examples.relying_party.failures import ServiceRefused, ServiceUnreachable

if TYPE_CHECKING:
    from requests import PreparedRequest, Response


def bearer(token: str) -> Callable[["PreparedRequest"], "PreparedRequest"]:
    """As `auth`, not as a header: requests would put a password from ~/.netrc in its place."""

    def add(request: "PreparedRequest") -> "PreparedRequest":
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return add


def object_in(answer: "Response") -> dict[str, Any]:
    """Return the object that a 200 carries. Raises ServiceUnreachable, ServiceRefused."""
    if answer.status_code in (429, 500, 502, 503, 504):
        raise ServiceUnreachable
    try:
        body = answer.json() if answer.status_code == 200 else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceRefused(answer.status_code)
    return body


def text_in(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ServiceRefused(200)
    return value


def field_violations(answer: "Response") -> dict[str, str]:
    try:
        details = answer.json().get("details", [])
    except ValueError:
        return {}
    return {
        violation["field"]: violation["description"]
        for detail in details
        for violation in detail.get("field_violations", [])
    }
