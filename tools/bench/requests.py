"""The requests that are measured, over real rooms, and the steps that lead to each of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from keybound.domain.encoding import b64url

from tools.bench.deployment import (
    API_BASE_URL,
    AUTH_BASE_URL,
    Call,
    get,
    post_form,
    post_json,
    preflight,
)
from tools.bench.passkey import Passkey

ORIGIN = "https://app.example.com"
REDIRECT_URI = f"{ORIGIN}/callback"
VERIFIER = "a-verifier-of-the-benchmarks-" + "v" * 30


@dataclass(frozen=True)
class Measured:
    """One kind of request. `prepare` does the steps before it and returns it, unsent."""

    name: str
    room: str
    prepare: Callable[[], Call]


@dataclass
class Realm:
    """A realm with one web application, one identity and its passkey."""

    management: Any
    algorithm: str = "RS256"
    passkey: Passkey = field(default_factory=lambda: Passkey(ORIGIN))
    _numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._token = self.machine_login().members()["access_token"]
        tenant = f"/v1/tenants/{self.management.tenant_id}"
        realm = self._create(f"{tenant}/realms", {"realm": {"display_name": "Customers"}})
        self.path = f"{tenant}/realms/{realm['id']}"
        self.config_id = self._create(f"{self.path}/authenticator-configs", _CONFIG)["id"]
        body = _application(self.config_id, self.algorithm)
        made = self._create(f"{self.path}/applications", body)
        self.issuer = f"{AUTH_BASE_URL}{self.path}/applications/{made['id']}"
        protocol = made["protocol_config"]
        self.client = (protocol["client_id"], protocol["client_secret"])
        self.identity_id = self.new_identity().members()["id"]
        self.complete(self.passkey).send()

    # Management and binding ----------------------------------------------------------------------

    def new_identity(self) -> Call:
        name = f"ada-{next(self._numbers)}"
        traits = {
            "type": "traits_v0",
            "username": name,
            "primary_email_address": f"{name}@example.com",
        }
        body = {"identity": {"display_name": "Ada Lovelace", "traits": traits}}
        return post_json(f"{API_BASE_URL}{self.path}/identities", body, self._token)

    def read_identity(self) -> Call:
        return get(f"{API_BASE_URL}{self.path}/identities/{self.identity_id}", self._token)

    def new_job(self) -> Call:
        body = {"delivery_method": "RETURN", "authenticator_config_id": self.config_id}
        jobs = f"{self.path}/identities/{self.identity_id}/credential-binding-jobs"
        return post_json(f"{API_BASE_URL}{jobs}", {"job": body}, self._token)

    def link(self) -> str:
        return str(self.new_job().members()["credential_binding_link"])

    def follow(self) -> Call:
        return get(self.link())

    def begin(self) -> Call:
        address, _, token = self.link().partition(":invokeAuthenticator?token=")
        return post_json(f"{address}:beginBinding", {}, token, origin=ORIGIN)

    def complete(self, passkey: Passkey | None = None) -> Call:
        address, _, token = self.link().partition(":invokeAuthenticator?token=")
        begun = post_json(f"{address}:beginBinding", {}, token, origin=ORIGIN).members()
        body = {
            "binding_session": begun["binding_session"],
            "credential": (passkey or Passkey(ORIGIN)).register(begun["public_key"]),
        }
        return post_json(f"{address}:completeBinding", body, token, origin=ORIGIN)

    # Signing in ----------------------------------------------------------------------------------

    def authorize(self) -> Call:
        query = {
            "response_type": "code",
            "client_id": self.client[0],
            "redirect_uri": REDIRECT_URI,
            "scope": "openid profile email",
            "state": "s" * 43,
            "nonce": "n" * 43,
            "code_challenge": b64url(sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
        }
        return get(f"{self.issuer}/authorize?{urlencode(query)}")

    def authenticate(self) -> Call:
        request = _in_query(self.authorize().send().headers["location"], "request")
        body = {"request": request, "credential": self.passkey.answer_to(request)}
        return post_json(f"{self.issuer}/authenticate", body, origin=ORIGIN)

    def exchange(self) -> Call:
        code = _in_query(self.authenticate().members()["redirect_url"], "code")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return post_form(f"{self.issuer}/token", form, self.client)

    def refresh(self) -> Call:
        token = self.exchange().members()["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return post_form(f"{self.issuer}/token", form, self.client)

    def machine_login(self) -> Call:
        client = self.management
        form = {"grant_type": "client_credentials"}
        return post_form(client.token_endpoint, form, (client.client_id, client.client_secret))

    def userinfo(self) -> Call:
        return get(f"{self.issuer}/userinfo", self.exchange().members()["access_token"])

    def well_known(self, name: str) -> Call:
        return get(f"{self.issuer}/.well-known/{name}")

    def _create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return post_json(f"{API_BASE_URL}{path}", body, self._token).members()


PREFLIGHT = "authenticate: preflight"
AUTHORIZE, AUTHENTICATE, EXCHANGE = "authorize", "authenticate", "token: code"
#: What one sign-in sends; a browser asks with PREFLIGHT before its AUTHENTICATE besides, unless it
#: remembers the answer.
LOGIN = (AUTHORIZE, AUTHENTICATE, EXCHANGE)


def measured(realm: Realm) -> list[Measured]:
    """Return every kind of request, the sign-in first."""
    auth = f"{realm.issuer}/authenticate"
    return [
        Measured(AUTHORIZE, "authorize", realm.authorize),
        Measured(PREFLIGHT, "authenticate", lambda: preflight(auth, ORIGIN)),
        Measured(AUTHENTICATE, "authenticate", realm.authenticate),
        Measured(EXCHANGE, "token", realm.exchange),
        Measured("token: refresh", "token", realm.refresh),
        Measured("token: client_credentials", "token", realm.machine_login),
        Measured("userinfo", "userinfo", realm.userinfo),
        Measured("discovery", "discovery", lambda: realm.well_known("openid-configuration")),
        Measured("JWKS", "discovery", lambda: realm.well_known("jwks.json")),
        Measured("invokeAuthenticator", "bind_redirect", realm.follow),
        Measured("beginBinding", "bind_redirect", realm.begin),
        Measured("completeBinding", "bind_redirect", realm.complete),
        Measured("identity: create", "identities", realm.new_identity),
        Measured("identity: read", "identities", realm.read_identity),
        Measured("binding job: create", "credential_binding_jobs", realm.new_job),
    ]


def _in_query(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query)[name][0]


_CONFIG = {
    "authenticator_config": {
        "display_name": "Web app",
        "config": {
            "type": "embedded",
            "invoke_url": ORIGIN,
            "invocation_type": "automatic",
            "trusted_origins": [ORIGIN],
            "authentication_methods": [{"type": "webauthn_passkey"}],
        },
    }
}


def _application(config_id: str, algorithm: str) -> dict[str, Any]:
    return {
        "application": {
            "display_name": "Web app",
            "authenticator_config_id": config_id,
            "protocol_config": {
                "type": "oidc",
                "confidentiality": "confidential",
                "grant_type": ["authorization_code", "refresh_token"],
                "redirect_uris": [REDIRECT_URI],
                "allowed_scopes": [],
                "pkce": "s256",
                "token_configuration": {
                    "expires_after": 3600,
                    "token_signing_algorithm": algorithm,
                    "subject_field": "id",
                },
            },
        }
    }
