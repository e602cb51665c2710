"""What a token request may ask of its access token: a shorter life, and claims of the client's own.

`expiration_time` is a number of seconds; `custom_claims` is a JSON object that lands, whole, in the
one claim `custom`, where it can stand for nothing that we say ourselves (RFC 9068 §2.2).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import Application
from keybound.domain.secrets import hash_secret
from keybound.oauth.errors import InvalidRequest

MAX_CUSTOM_BYTES = 2048
MAX_CUSTOM_DEPTH = 5
MAX_CUSTOM_MEMBERS = 64
_LARGEST_NUMBER = 2**53 - 1  # what every reader of JSON keeps exactly (RFC 8259 §6)


@dataclass(frozen=True)
class TokenOptions:
    """lifetime: of the access token, in seconds. custom_claims: empty for none. jkt: thumbprint of
    the key that a DPoP proof proved, to which the token is then bound; empty without a proof."""

    lifetime: int
    custom_claims: Mapping[str, Any]
    jkt: str = ""

    @property
    def token_type(self) -> str:
        """`token_type` of the token response (RFC 6750 §4, RFC 9449 §5)."""
        return "DPoP" if self.jkt else "Bearer"

    def params_hash(self, scope: str, resources: tuple[str, ...] = ()) -> str:
        """Everything in a refresh request that changes its answer; order does not."""
        content: dict[str, Any] = {
            "scope": sorted(scope.split(" ")),
            "lifetime": self.lifetime,
            "custom": self.custom_claims,
            "jkt": self.jkt,
        }
        content |= {"resource": sorted(resources)} if resources else {}
        return hash_secret(json.dumps(content, sort_keys=True))


def read_token_options(application: Application, form: Mapping[str, str]) -> TokenOptions:
    """Return what the form asks for. Raises InvalidRequest, naming the parameter.

    Only clients that authenticate may set claims: with a public client, whoever holds the code
    could have us sign what they like.
    """
    lifetime = _lifetime(form.get("expiration_time", ""), application.expires_after)
    text = form.get("custom_claims", "")
    if text and application.is_public:
        raise InvalidRequest("custom_claims are for confidential clients")
    return TokenOptions(lifetime, _custom_claims(text) if text else {})


def _lifetime(text: str, longest: int) -> int:
    if not text:
        return longest
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= longest):
        raise InvalidRequest(f"expiration_time must be a whole number of seconds, 1 to {longest}")
    return int(text)


def _custom_claims(text: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "replace")) > MAX_CUSTOM_BYTES:
        raise InvalidRequest(f"custom_claims has more than {MAX_CUSTOM_BYTES} bytes")
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        members = _count(found, depth=1)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # refuses half a character
    except (ValueError, RecursionError) as error:
        detail = type(error).__name__
        raise InvalidRequest("custom_claims is not a good JSON object", detail=detail) from error
    if not isinstance(found, dict):
        raise InvalidRequest("custom_claims must be a JSON object")
    if members > MAX_CUSTOM_MEMBERS:
        raise InvalidRequest(f"custom_claims has more than {MAX_CUSTOM_MEMBERS} members")
    return found


def _count(value: Any, depth: int) -> int:
    """Count members and elements at every depth. Raises ValueError for what we do not sign."""
    if isinstance(value, int | float) and not abs(value) <= _LARGEST_NUMBER:
        raise ValueError("a number is out of range")
    if not isinstance(value, dict | list):
        return 0
    if depth > MAX_CUSTOM_DEPTH:
        raise ValueError("nested too deep")
    inner = value.values() if isinstance(value, dict) else value
    return sum(1 + _count(member, depth + 1) for member in inner)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("repeated member name")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
