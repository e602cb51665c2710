"""Reads an authorization request's parameters (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final

PARAMETERS: Final = (
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "request",
    "request_uri",
    "registration",
    "dpop_jkt",
)
MAY_REPEAT: Final = "resource"


@dataclass(frozen=True)
class AuthorizationRequest:
    """Parameters as sent; an empty value counts as omitted (RFC 6749 §3.1).

    repeated: names of known parameters that came more than once; such a one has no value here.
    resource: the only one that may (RFC 8707 §2). pushed: hash of the `request_uri` under which the
    rest was stored (RFC 9126), if it was.
    """

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    response_mode: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    max_age: str = ""
    login_hint: str = ""
    id_token_hint: str = ""
    request: str = ""
    request_uri: str = ""
    registration: str = ""
    dpop_jkt: str = ""
    repeated: frozenset[str] = field(default=frozenset())
    resource: tuple[str, ...] = ()
    pushed: str = ""


assert tuple(f.name for f in fields(AuthorizationRequest))[: len(PARAMETERS)] == PARAMETERS


def read_authorization_request(pairs: Sequence[tuple[str, str]]) -> AuthorizationRequest:
    """Build the request from its decoded pairs; unknown parameters are ignored (RFC 6749 §3.1)."""
    found: dict[str, str] = {}
    repeated = set()
    for name, value in pairs:
        if name not in PARAMETERS:
            continue
        if name in found:
            repeated.add(name)
        found[name] = value
    kept = {name: value for name, value in found.items() if name not in repeated}
    resource = tuple(dict.fromkeys(value for name, value in pairs if name == MAY_REPEAT and value))
    return AuthorizationRequest(**kept, repeated=frozenset(repeated), resource=resource)
