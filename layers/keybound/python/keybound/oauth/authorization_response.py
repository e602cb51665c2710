"""What a client is told at its redirect URI, and in which way (RFC 6749 §4.1.2, RFC 9207 §2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keybound.domain.passkey_signals import PasskeySignals
from keybound.oauth.authorize_checks import FORM_POST
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.redirect_uris import extend
from keybound.oauth.request_token import OpenedRequest


@dataclass(frozen=True)
class Finished:
    """Where the browser goes next, and what the log may know: ids and outcomes.

    parameters: with `response_mode=form_post`, what is posted to `url`; else None, and `url` has
    them in its query. signals: after a sign-in, what the browser is told about the passkeys.
    """

    url: str
    parameters: Mapping[str, str] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    signals: PasskeySignals | None = None


def cancellation(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what the client is told when the person cancelled. Raises InvalidRequest."""
    if body.get("error") != "access_denied" or "credential" in body:
        raise InvalidRequest("the only error a page may report is access_denied")
    return {"error": "access_denied", "error_description": "the person did not sign in"}


def finished(
    opened: OpenedRequest, parameters: dict[str, str], notes: Mapping[str, str]
) -> Finished:
    """Answer at the redirect URI with the parameters, `state` and `iss` (RFC 9207 §2)."""
    sealed = opened.sealed
    state = {"state": sealed.state} if sealed.state else {}
    said = {**parameters, **state, "iss": opened.issuer}
    if sealed.response_mode == FORM_POST:
        return Finished(sealed.redirect_uri, said, notes)
    return Finished(extend(sealed.redirect_uri, said), None, notes)
