"""Keys of clients, and what they sign with them: assertions and DPoP proofs.

Made with PyJWT, which the product does not use, so that both sides have to be right.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from keybound.oauth.client_auth import ASSERTION_TYPE

from tests.support.sign_in import SignIn

ALGORITHMS = ("RS256", "PS256", "ES256")


@cache
def _rsa(name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def _ec(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class ClientKey:
    """A key pair of a client; the same name gives the same pair."""

    name: str = "first"
    alg: str = "ES256"
    bits: int = 2048
    kid: str = ""

    @property
    def private(self) -> Any:
        return _ec(self.name) if self.alg == "ES256" else _rsa(self.name, self.bits)

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as a JWK: the required members only."""
        return public_jwk(self.private)

    @property
    def named_jwk(self) -> dict[str, Any]:
        return self.jwk | ({"kid": self.kid} if self.kid else {}) | {"use": "sig", "alg": self.alg}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.named_jwk]}

    def sign(self, claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
        named = {"kid": self.kid} if self.kid else {}
        return jwt.encode(claims, self.private, self.alg, headers={**named, **(headers or {})})


def public_jwk(private: PrivateKeyTypes) -> dict[str, Any]:
    """Return a private key's public half as a JWK."""
    kind = "ECAlgorithm" if isinstance(private, ec.EllipticCurvePrivateKey) else "RSAAlgorithm"
    algorithm = getattr(jwt.algorithms, kind)
    members = json.loads(algorithm.to_jwk(private.public_key()))  # type: ignore[union-attr]
    return {name: value for name, value in members.items() if name != "key_ops"}


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638 §3, written out once more."""
    names = ("e", "kty", "n") if jwk["kty"] == "RSA" else ("crv", "kty", "x", "y")
    text = json.dumps({name: jwk[name] for name in names}, separators=(",", ":"), sort_keys=True)
    return _b64url(hashlib.sha256(text.encode()).digest())


def access_token_hash(token: str) -> str:
    """`ath` (RFC 9449 §4.2)."""
    return _b64url(hashlib.sha256(token.encode("ascii")).digest())


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion_claims(person: SignIn, **changes: Any) -> dict[str, Any]:
    """A good assertion's claims; None takes one away."""
    now = person.platform.clock.now()
    client_id = person.application.client_id
    good = {
        "iss": client_id,
        "sub": client_id,
        "aud": person.issuer,
        "jti": uuid4().hex,
        "iat": now,
        "nbf": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def asserted(assertion: str, **more: str) -> dict[str, str]:
    """The form members of an assertion."""
    return {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **more,
    }


@dataclass
class Assertions:
    """Signs assertions of one client with one key."""

    person: SignIn
    key: ClientKey = field(default_factory=ClientKey)

    def form(self, **changes: Any) -> dict[str, str]:
        return asserted(self.key.sign(assertion_claims(self.person, **changes)))


@dataclass
class Prover:
    """A client's key for DPoP, and the nonce that it was told last (RFC 9449 §4.2, §8)."""

    person: SignIn
    key: ClientKey = field(default_factory=ClientKey)
    nonce: str = ""

    @property
    def jkt(self) -> str:
        return thumbprint(self.key.jwk)

    def learn(self) -> None:
        """Ask for a nonce, as a client does: by a request without one."""
        answer = self.person.token({"grant_type": "x"}, {"dpop": self.proof(nonce=None)})
        assert answer.json()["error"] == "use_dpop_nonce", answer.text
        self.nonce = answer.headers["dpop-nonce"]

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A good proof's claims for the token endpoint; None takes one away."""
        good = {
            "jti": uuid4().hex,
            "htm": "POST",
            "htu": f"{self.person.issuer}/token",
            "iat": self.person.platform.clock.now(),
            "nonce": self.nonce,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def proof(self, headers: dict[str, Any] | None = None, **changes: Any) -> str:
        named = {"typ": "dpop+jwt", "jwk": self.key.jwk, **(headers or {})}
        return self.key.sign(self.claims(**changes), named)

    def for_userinfo(self, token: str, **changes: Any) -> dict[str, str]:
        """Headers that present a token at userinfo by GET."""
        good = {
            "htm": "GET",
            "htu": f"{self.person.issuer}/userinfo",
            "ath": access_token_hash(token),
        }
        return {"authorization": f"DPoP {token}", "dpop": self.proof(**(good | changes))}
