"""The `request` that travels through the app: a JWT with a readable part and a sealed part.

HS256 under the MAC subkey of the `request` key, with a `typ` of its own: that key and that `typ`
are accepted nowhere else. The browser reads the payload to start the ceremony without another
call; what concerns the client is sealed inside and comes back untouched.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from keybound.domain.application import Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.encoding import b64url, from_b64url
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.ports import Mac, Seal

TYP = "keybound-request+jwt"
LIFETIME_S = 300
MAX_BYTES = 6656
VERSION = 2

_FIELDS = (
    "redirect_uri",
    "redirect_uri_sent",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "login_hint",
    "required_subject",
    "response_mode",
    "pushed",
    "resource",
    "dpop_jkt",
)
_SEPARATOR = "\x1f"
_KID = re.compile(r"[0-9a-f]{8}\Z")


@dataclass(frozen=True)
class SealedRequest:
    """The part that only we read. Every value is printable ASCII, so one control character
    separates them and the whole keeps its size. redirect_uri_sent: "1" or empty. pushed: hash of
    the `request_uri`, or empty. resource: URIs, a space between."""

    redirect_uri: str
    redirect_uri_sent: str
    scope: str
    state: str
    nonce: str
    code_challenge: str
    login_hint: str
    required_subject: str = ""
    response_mode: str = ""
    pushed: str = ""
    resource: str = ""
    dpop_jkt: str = ""


@dataclass(frozen=True)
class OpenedRequest:
    """A request that came back whole and in time. challenge: the 32 bytes the passkey signs.
    authentication_methods: those that it offered."""

    issuer: str
    client_id: str
    challenge: bytes
    expires_at: int
    sealed: SealedRequest
    authentication_methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestTokens:
    """Issues and opens request tokens."""

    mac: Mac
    seal: Seal

    def issue(
        self,
        issuer: str,
        application: Application,
        config: AuthenticatorConfig,
        sealed: SealedRequest,
        *,
        challenge: bytes,
        jti: str,
        now: int,
    ) -> str:
        """Return the JWT. Raises InvalidRequest when it would be longer than 6,656 bytes."""
        inside = _SEPARATOR.join(getattr(sealed, name) for name in _FIELDS)
        payload = {
            "iss": issuer,
            "aud": issuer,
            "jti": jti,
            "iat": now,
            "exp": now + LIFETIME_S,
            "ver": VERSION,
            "client_id": application.client_id,
            "application": {"id": application.id, "display_name": application.display_name[:64]},
            "relying_party_id": config.relying_party_id,
            "challenge": b64url(challenge),
            "user_verification": "required",
            "authentication_methods": [{"type": name} for name in config.authentication_methods],
            "sealed": self.seal.seal(inside.encode("ascii"), _bound_to(issuer, jti)),
        }
        kid = self.mac.current_kid()
        signed = f"{_segment({'alg': 'HS256', 'typ': TYP, 'kid': kid})}.{_segment(payload)}"
        token = f"{signed}.{b64url(self.mac.sign(signed.encode('ascii'), kid))}"
        if len(token) > MAX_BYTES:
            raise InvalidRequest("the request is too large")
        return token

    def open(self, token: str, issuer: str, now: int, *, grace_s: int = 0) -> OpenedRequest:
        """Return the request if it is ours, of this issuer and in time. Raises InvalidRequest.

        grace_s: how long after its time it may still finish what was begun in time.
        """
        try:
            payload = self._verified(token)
            if payload["iss"] != issuer or payload["aud"] != issuer or payload["ver"] != VERSION:
                raise ValueError("of another issuer or version")
            inside = self.seal.open(payload["sealed"], _bound_to(issuer, payload["jti"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidRequest("the request is not valid here", detail=str(error)) from error
        if now >= payload["exp"] + grace_s:
            raise InvalidRequest("the request has expired")
        values = inside.decode("ascii").split(_SEPARATOR)
        return OpenedRequest(
            issuer=issuer,
            client_id=payload["client_id"],
            challenge=from_b64url(payload["challenge"]),
            expires_at=payload["exp"],
            sealed=SealedRequest(**dict(zip(_FIELDS, values, strict=True))),
            authentication_methods=tuple(m["type"] for m in payload["authentication_methods"]),
        )

    def _verified(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_BYTES or not token.isascii() or token.count(".") != 2:
            raise ValueError("not a request token")
        head, body, tail = token.split(".")
        header = json.loads(from_b64url(head))
        kid = header.get("kid") if isinstance(header, dict) else None
        if not isinstance(kid, str) or not _KID.match(kid):
            raise ValueError("another kind of token")
        if header != {"alg": "HS256", "typ": TYP, "kid": kid}:
            raise ValueError("another kind of token")
        self.mac.verify(f"{head}.{body}".encode("ascii"), from_b64url(tail), kid)
        payload: dict[str, Any] = json.loads(from_b64url(body))
        return payload


def _bound_to(issuer: str, jti: str) -> str:
    return f"request|authorization|{issuer}|{jti}"


def _segment(members: dict[str, Any]) -> str:
    return b64url(json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode())
