"""Pushed authorization requests (RFC 9126): made under a `request_uri`, opened at authorize.

The URI is 256 random bits and only their hash is stored; the parameters are sealed to the issuer
and that hash. A request may be opened again while it is fresh, because browsers reload, and gives
one code (§4, §7.3).
"""

import json
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.one_time_password import LIFETIME_S as LONGEST_PROOF_S
from keybound.domain.pushed_request import PushedRequest
from keybound.domain.secrets import Randomness, hash_secret, new_secret
from keybound.oauth.authorization_request import PARAMETERS, AuthorizationRequest
from keybound.oauth.errors import InvalidRequest, InvalidRequestUri
from keybound.oauth.ports import Seal
from keybound.oauth.ports_pushed import PushedRequestReader
from keybound.oauth.request_token import LIFETIME_S as SIGN_IN_S

URN = "urn:ietf:params:oauth:request_uri:"
LIFETIME_S = 60
CLOCK_SKEW_S = 60
LONGEST_URI = 128
LONGEST_CONTENT = 16_384


@dataclass(frozen=True)
class NewPushedRequest:
    """A request that is to be stored, and the URI that is said once."""

    stored: PushedRequest
    request_uri: str


@dataclass(frozen=True)
class PushedRequestMaker:
    """Makes them."""

    seal: Seal
    clock: Clock
    randomness: Randomness

    def make(
        self, application: Application, issuer: str, request: AuthorizationRequest
    ) -> NewPushedRequest:
        """Return a checked request under a new URI. Raises InvalidRequest when it is too large,
        Unavailable."""
        secret, now = new_secret(self.randomness), self.clock()
        request_hash = hash_secret(secret)
        content: dict[str, Any] = {n: v for n in PARAMETERS if (v := getattr(request, n))}
        content |= {"resource": request.resource} if request.resource else {}
        text = json.dumps(content, separators=(",", ":"))
        if len(text) > LONGEST_CONTENT:
            raise InvalidRequest("the request is too large")
        stored = PushedRequest(
            request_hash=request_hash,
            client_id=application.client_id,
            sealed=self.seal.seal(text.encode(), _bound_to(issuer, request_hash)),
            expires_at=now + LIFETIME_S,
            put_id=new_secret(self.randomness, 16),
            # It is used up by the sign-in, which a mailed code may finish that much later.
            ttl=now + LIFETIME_S + SIGN_IN_S + LONGEST_PROOF_S + CLOCK_SKEW_S,
        )
        return NewPushedRequest(stored, URN + secret)


@dataclass(frozen=True)
class PushedRequestOpener:
    """Opens them at the authorization endpoint; marks nothing."""

    seal: Seal
    stored: PushedRequestReader
    clock: Clock

    def open(
        self, application: Application, issuer: str, request: AuthorizationRequest
    ) -> AuthorizationRequest:
        """Return what was pushed, which is all that counts: what else stands beside the
        `request_uri` is ignored (RFC 9126 §4, RFC 9101 §5).

        Raises InvalidRequestUri for what is unknown, expired, used or another client's;
        Unavailable.
        """
        if request.client_id != application.client_id or len(request.request_uri) > LONGEST_URI:
            raise InvalidRequestUri(_REFUSED)
        request_hash = hash_secret(request.request_uri.removeprefix(URN))
        found = self.stored.find(request_hash)
        if found is None or found.client_id != application.client_id:
            raise InvalidRequestUri(_REFUSED)
        if found.used_at or self.clock() >= found.expires_at:
            raise InvalidRequestUri(_REFUSED)
        try:
            content = json.loads(self.seal.open(found.sealed, _bound_to(issuer, request_hash)))
        except ValueError as error:
            raise InvalidRequestUri(_REFUSED, detail="sealed for another issuer") from error
        resource = tuple(content.pop("resource", ()))
        return AuthorizationRequest(**content, resource=resource, pushed=request_hash)


_REFUSED = "the request_uri is unknown, expired, used, or another application's"


def is_pushed(request: AuthorizationRequest) -> bool:
    """Whether the request names a pushed one. Other URIs are never fetched."""
    return request.request_uri.startswith(URN)


def _bound_to(issuer: str, request_hash: str) -> str:
    return f"request|pushed|{issuer}|{request_hash}"
