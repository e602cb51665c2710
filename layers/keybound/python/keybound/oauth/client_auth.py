"""Client authentication (RFC 6749 §2.3, §3.2.1; RFC 7521 §4.2; OpenID Connect Core §9).

Confidential clients use a secret, by Basic or in the body, or signed assertions: never two at once,
and never another than the one they are registered for. Public clients send only `client_id`.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_plus

from keybound.domain.application import PRIVATE_KEY_JWT, Application
from keybound.domain.secrets import secret_matches
from keybound.oauth.errors import InvalidClient, InvalidRequest

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BASIC_CHALLENGE = 'Basic realm="keybound", charset="UTF-8"'
_NO_SUCH_HASH = "0" * 43
CURRENT = "current_secret"
PREVIOUS = "previous_secret"


@dataclass(frozen=True)
class ClientCredentials:
    """What a caller showed. client_secret: None when no secret was sent. assertion: empty when
    none was sent; then client_id is only what the caller says, and may be empty."""

    client_id: str
    client_secret: str | None
    assertion: str = ""


class Assertions(Protocol):
    """Satisfied by `keybound.oauth.client_assertion.ClientAssertions`."""

    def check(self, application: Application, issuer: str, assertion: str) -> None:
        """Raises InvalidClient unless this is the application's, for the first time."""


def read_client_credentials(authorization: str, form: Mapping[str, str]) -> ClientCredentials:
    """Return the credentials of a token request.

    Raises InvalidRequest when more than one method is used or the two client ids differ,
    InvalidClient when none is, or the header or the kind of assertion is none that we know.
    """
    body_id, body_secret = form.get("client_id", ""), form.get("client_secret")
    if "client_assertion" in form or "client_assertion_type" in form:
        if authorization or body_secret is not None:
            raise InvalidRequest("use one client authentication method, not two")
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise _refused("not an assertion of a known type")
        return ClientCredentials(body_id, None, form.get("client_assertion", ""))
    if not authorization:
        if not body_id:
            raise _refused("no client authentication")
        return ClientCredentials(body_id, body_secret)
    if body_secret is not None:
        raise InvalidRequest("use one client authentication method, not two")
    client_id, client_secret = _basic(authorization)
    if body_id and body_id != client_id:
        raise InvalidRequest("the client_id of header and body differ")
    return ClientCredentials(client_id, client_secret)


@dataclass(frozen=True)
class Client:
    """A client that showed who it is. shown: by which secret, or by an assertion; empty for a
    public client."""

    application: Application
    shown: str = ""

    @property
    def notes(self) -> dict[str, str]:
        """What the log line says, so that an operator sees when a replaced secret is idle."""
        said = {"client_id": self.application.client_id, "client_auth": self.shown}
        return {name: value for name, value in said.items() if value}


def authenticate_client(
    application: Application | None,
    shown: ClientCredentials,
    assertions: Assertions,
    issuer: str,
    now: int,
) -> Client:
    """Return the client when the credentials are its own. Raises InvalidClient, Unavailable.

    Both secrets of a rotation are good, the previous one until it expires. The same error and the
    same work for an unknown client and for a wrong secret. issuer: the application's own, which an
    assertion must be made for.
    """
    if application is not None and application.signs_assertions and shown.assertion:
        if shown.client_id not in ("", application.client_id):
            raise _refused("the client_id is not the application's")
        assertions.check(application, issuer, shown.assertion)
        return Client(application, PRIVATE_KEY_JWT)
    secret = _secret_that_fits(application, shown.client_secret or "", now)
    if application is None or shown.client_id != application.client_id:
        raise _refused("unknown client")
    if application.signs_assertions or shown.assertion:
        raise _refused("another method than the one that is registered")
    if application.is_public:
        if shown.client_secret is not None:
            raise _refused("a public client has no secret")
        return Client(application)
    if shown.client_secret is None or not secret:
        raise _refused("no secret or a wrong one")
    return Client(application, secret)


def _secret_that_fits(application: Application | None, shown: str, now: int) -> str:
    """Compare with both secrets, whether there are any or not, each in constant time."""
    current = application.client_secret_hash if application is not None else ""
    previous = application.previous_secret_hash if application is not None else ""
    is_current = secret_matches(shown, current or _NO_SUCH_HASH)
    is_previous = secret_matches(shown, previous or _NO_SUCH_HASH)
    if is_current:
        return CURRENT
    if application is not None and is_previous and now < application.previous_secret_expires_at:
        return PREVIOUS
    return ""


def _basic(authorization: str) -> tuple[str, str]:
    """Decode Basic; id and secret are form-urlencoded inside (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise _refused("not Basic")
    try:
        decoded = base64.b64decode(encoded.strip(" "), validate=True).decode("utf-8")
        client_id, colon, secret = decoded.partition(":")
        if not colon:
            raise ValueError("no colon")
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError) as error:
        raise _refused("malformed Basic header") from error


def _refused(detail: str) -> InvalidClient:
    return InvalidClient(challenge=BASIC_CHALLENGE, detail=detail)
