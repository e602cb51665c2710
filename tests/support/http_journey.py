"""A back end, a browser and a passkey over plain HTTP, against any running Keybound.

Knows nothing but base URLs and the management client: the way from nothing to a signed-in
person goes through the published API only.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.encoded import unb64url
from tests.support.software_authenticator import SoftwareAuthenticator

APP_ORIGIN = "http://localhost:9321"
CALLBACK = f"{APP_ORIGIN}/callback"
TIMEOUT_S = 20


@dataclass
class Backend:
    """Calls the management API with a token of its own."""

    ready: Mapping[str, Any]
    http: requests.Session = field(default_factory=requests.Session)
    token: str = ""

    def __post_init__(self) -> None:
        client = self.ready["management"]
        answer = self.http.post(
            client["token_endpoint"],
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
            timeout=TIMEOUT_S,
        )
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    @property
    def realm_url(self) -> str:
        r = self.ready
        return f"{r['api_base_url']}/v1/tenants/{r['tenant_id']}/realms/{r['realm_id']}"

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(
            method,
            self.realm_url + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=TIMEOUT_S,
        )

    def make(self, path: str, body: Any) -> dict[str, Any]:
        """Create a resource and return it."""
        answer = self.call("POST", path, body)
        assert answer.status_code == 200, answer.text
        resource: dict[str, Any] = answer.json()
        return resource

    def new_config(self, **changes: Any) -> dict[str, Any]:
        config = {
            "type": "embedded",
            "invoke_url": APP_ORIGIN,
            "trusted_origins": [APP_ORIGIN],
            "invocation_type": "automatic",
            "authentication_methods": [{"type": "webauthn_passkey"}],
        }
        body = {"display_name": "Journey", "config": config | changes}
        return self.make("/authenticator-configs", {"authenticator_config": body})

    def new_application(self, config_id: str, **changes: Any) -> dict[str, Any]:
        protocol = {
            "type": "oidc",
            "allowed_scopes": [],
            "confidentiality": "confidential",
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_type": ["authorization_code"],
            "redirect_uris": [CALLBACK],
            "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "RS256"},
            "pkce": "s256",
            "token_format": "self_contained",
        }
        body = {
            "display_name": "Journey app",
            "authenticator_config_id": config_id,
            "protocol_config": protocol | changes,
        }
        return self.make("/applications", {"application": body})

    def new_identity(self, name: str = "") -> dict[str, Any]:
        username = name or f"ada-{secrets.token_hex(6)}"
        traits = {
            "type": "traits_v0",
            "username": username,
            "primary_email_address": f"{username}@example.com",
        }
        body = {"display_name": "Ada Lovelace", "traits": traits}
        return self.make("/identities", {"identity": body})

    def new_link(self, identity_id: str, config_id: str) -> str:
        body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": config_id}}
        job = self.make(f"/identities/{identity_id}/credential-binding-jobs", body)
        link: str = job["credential_binding_link"]
        return link

    def issuer(self, application: Mapping[str, Any]) -> str:
        path = urlsplit(self.realm_url).path
        return f"{self.ready['auth_base_url']}{path}/applications/{application['id']}"


@dataclass
class Browser:
    """Does what the SDK does, with a software authenticator."""

    authenticator: SoftwareAuthenticator = field(
        default_factory=lambda: SoftwareAuthenticator(origin=APP_ORIGIN)
    )
    http: requests.Session = field(default_factory=requests.Session)

    def bind(self, link: str) -> requests.Response:
        """Bind a passkey by a link and return completeBinding's answer."""
        steps = self.http.get(link, headers={"Accept": "application/json"}, timeout=TIMEOUT_S)
        assert steps.status_code == 200, steps.text
        job = steps.json()
        url = (
            f"{job['api_base_url']}/v1/tenants/{job['tenant_id']}/realms/{job['realm_id']}"
            f"/identities/{job['identity_id']}/credential-binding-jobs/{job['job_id']}"
        )
        begun = self._post(f"{url}:beginBinding", {}, job["token"])
        assert begun.status_code == 200, begun.text
        credential = self.authenticator.create(begun.json()["public_key"])
        body = {"binding_session": begun.json()["binding_session"], "credential": credential}
        return self._post(f"{url}:completeBinding", body, job["token"])

    def sign_in(self, authorization_url: str) -> str:
        """Follow an authorization URL to the end and return the callback URL."""
        begun = self.http.get(authorization_url, allow_redirects=False, timeout=TIMEOUT_S)
        assert begun.status_code in (200, 302), begun.text
        return self.answer(begun.headers.get("location") or begun.json()["authenticate_url"])

    def answer(self, url: str) -> str:
        """Show the passkey at an authenticate URL and return the callback URL."""
        request = parse_qs(urlsplit(url).query)["request"][0]
        payload = json.loads(unb64url(request.split(".")[1]))
        credential = self.authenticator.get(payload["relying_party_id"], payload["challenge"])
        body = {"request": request, "credential": credential}
        done = self._post(f"{payload['iss']}/authenticate", body)
        assert done.status_code == 200, done.text
        callback: str = done.json()["redirect_url"]
        return callback

    def ask_for_code(self, authorization_url: str, email: str) -> dict[str, str]:
        """Have a one-time password mailed; return what redeeming it takes beside the code."""
        begun = self.http.get(authorization_url, allow_redirects=False, timeout=TIMEOUT_S)
        request = parse_qs(urlsplit(begun.headers["location"]).query)["request"][0]
        issuer = json.loads(unb64url(request.split(".")[1]))["iss"]
        asked = self._post(f"{issuer}/otp", {"request": request, "email": email})
        assert asked.status_code == 200, asked.text
        session = asked.json()["otp_session"]
        return {"issuer": issuer, "request": request, "otp_session": session}

    def redeem_code(self, asked: Mapping[str, str], code: str) -> dict[str, str]:
        """Sign in by the code and return the answer."""
        body = {"request": asked["request"], "otp_session": asked["otp_session"], "code": code}
        done = self._post(f"{asked['issuer']}/otp/redeem", body)
        assert done.status_code == 200, done.text
        answer: dict[str, str] = done.json()
        return answer

    def binding_link(self, asked: Mapping[str, str], token: str) -> str:
        """Turn a passkey binding token into a link."""
        made = self._post(f"{asked['issuer']}/credential-binding-jobs", {}, token)
        assert made.status_code == 200, made.text
        link: str = made.json()["credential_binding_link"]
        return link

    def _post(self, url: str, body: Any, token: str = "") -> requests.Response:
        headers = {"Origin": self.authenticator.origin}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.http.post(url, json=body, headers=headers, timeout=TIMEOUT_S)
