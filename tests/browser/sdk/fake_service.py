"""A stand-in for the auth host: its wire format, with real WebAuthn options and verification."""

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tests.browser.sdk.loopback import Answer, Request, json_answer

TENANT, REALM, IDENTITY, JOB = (
    "000183a77dd50fa9",
    "cdf4862dc4d49791",
    "87fabad6956c6d4b",
    "c4fc2d753ca22b14",
)
APPLICATION = "38833c36-6f47-4992-9329-ea0a00915137"
TOKEN = "1St9IKIIrYyQ8sOSeuk5UkbLKnBJhuD4I7nWIqt-BNANDEFS-XVuOHxB7TFdZcRm"
JOB_PATH = (
    f"/v1/tenants/{TENANT}/realms/{REALM}/identities/{IDENTITY}/credential-binding-jobs/{JOB}"
)
ISSUER_PATH = f"/v1/tenants/{TENANT}/realms/{REALM}/applications/{APPLICATION}"
OTP = "012345"
NO_FORM = object()
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "authorization, content-type, dpop",
}


def segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@dataclass
class FakeService:
    """Keeps public keys by credential id (base64url), whose they are, and open challenges.

    refusal: answered to every POST instead of work, as (status, body).
    form_post: answered to a good sign-in instead of a URL, when a test sets it.
    signals: stands in answers to good ceremonies, when a test sets it.
    """

    app_origin: str
    origin: str = ""
    keys: dict[str, bytes] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    challenges: set[bytes] = field(default_factory=set)
    identity: dict[str, str] = field(
        default_factory=lambda: {
            "id": IDENTITY,
            "display_name": "Ada Lovelace",
            "username": "ada",
            "primary_email_address": "ada@example.com",
        }
    )
    post_binding_redirect_uri: str | None = None
    refusal: tuple[int, dict[str, Any]] | None = None
    form_post: Any = NO_FORM
    signals: Any = None

    # --- what a test hands to the SDK

    def binding_link(self) -> str:
        return f"{self.origin}{JOB_PATH}:invokeAuthenticator?token={TOKEN}"

    def bind_page(self, **changed: str) -> str:
        query = {
            "api_base_url": self.origin,
            "tenant_id": TENANT,
            "realm_id": REALM,
            "identity_id": IDENTITY,
            "job_id": JOB,
            "token": TOKEN,
        }
        return f"{self.app_origin}/bind?{urlencode(query | changed)}"

    def authenticate_url(self, **changed: Any) -> str:
        """`changed` replaces claims, as a forger would; nothing in a browser can tell."""
        challenge = secrets.token_bytes(32)
        self.challenges.add(challenge)
        now = int(time.time())
        claims = {
            "iss": self.origin + ISSUER_PATH,
            "aud": self.origin + ISSUER_PATH,
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + 300,
            "ver": 1,
            "client_id": "demo",
            "application": {"id": APPLICATION, "display_name": "Demo"},
            "relying_party_id": "localhost",
            "challenge": bytes_to_base64url(challenge),
            "user_verification": "required",
            "authentication_methods": [{"type": "webauthn_passkey"}],
        }
        jwt = f"{segment({'alg': 'HS256'})}.{segment(claims | changed)}.c2lnbmF0dXJl"
        return f"{self.app_origin}/bi-authenticate?request={jwt}"

    # --- what it answers

    def answer(self, request: Request) -> Answer:
        answer = Answer(b"", 204) if request.method == "OPTIONS" else self.work(request)
        return Answer(answer.body, answer.status, answer.headers | CORS)

    def work(self, request: Request) -> Answer:
        if self.refusal is not None:
            status, body = self.refusal
            return json_answer(body, status)
        match request.path:
            case path if path == f"{JOB_PATH}:beginBinding":
                return json_answer(self.begin_binding())
            case path if path == f"{JOB_PATH}:completeBinding":
                return json_answer(self.complete_binding(request.json))
            case path if path == f"{ISSUER_PATH}/authenticate":
                return self.authenticate(request.json)
            case path if path == f"{ISSUER_PATH}/otp":
                return json_answer({"otp_session": "page-secret", "expires_in": 600})
            case path if path == f"{ISSUER_PATH}/otp/redeem":
                return self.redeem_otp(request.json)
        return json_answer({"code": "not_found", "message": "not found", "details": []}, 404)

    def redeem_otp(self, body: dict[str, Any]) -> Answer:
        assert body["otp_session"] == "page-secret"
        if body["code"] != OTP:
            wrong = {"error": "invalid_one_time_password", "error_description": "not right"}
            return json_answer(wrong, 400)
        redirect_url = f"{self.app_origin}/cb?code=abc&state=xyz"
        return json_answer({"redirect_url": redirect_url, "passkey_binding_token": "binds-one"})

    def begin_binding(self) -> dict[str, Any]:
        options = webauthn.generate_registration_options(
            rp_id="localhost",
            rp_name="Demo",
            user_name=self.identity["username"],
            user_id=f"opaque-{self.identity['username']}".encode(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(key))
                for key, owner in self.owners.items()
                if owner == self.identity["username"]
            ],
        )
        self.challenges.add(options.challenge)
        return {
            "public_key": json.loads(webauthn.options_to_json(options)),
            "binding_session": "sealed-session",
            "tenant": {"id": TENANT, "display_name": "Tenant"},
            "realm": {"id": REALM, "display_name": "Realm"},
            "identity": self.identity,
            "theme": {
                "logo_url_light": "https://example.com/light.svg",
                "logo_url_dark": "https://example.com/dark.svg",
                "support_url": "https://example.com/help",
            },
        }

    def complete_binding(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["binding_session"] == "sealed-session"
        verified = webauthn.verify_registration_response(
            credential=body["credential"],
            expected_challenge=self.consumed_challenge(body["credential"]),
            expected_rp_id="localhost",
            expected_origin=self.app_origin,
            require_user_verification=True,
        )
        self.keys[body["credential"]["id"]] = verified.credential_public_key
        self.owners[body["credential"]["id"]] = self.identity["username"]
        answer: dict[str, Any] = {
            "credential": {
                "id": f"8f1c5d3b-0000-4000-8000-{len(self.keys):012}",
                "state": "ACTIVE",
                "create_time": "2026-01-02T03:04:05.678Z",
            }
        }
        if self.post_binding_redirect_uri is not None:
            answer["post_binding_redirect_uri"] = self.post_binding_redirect_uri
        return answer | self.said()

    def said(self) -> dict[str, Any]:
        return {} if self.signals is None else {"signals": self.signals}

    def authenticate(self, body: dict[str, Any]) -> Answer:
        if "error" in body:
            return json_answer({"redirect_url": f"{self.app_origin}/cb?error={body['error']}"})
        credential = body["credential"]
        if credential["id"] not in self.keys:
            refusal = {"error": "access_denied", "error_description": "passkey not accepted"}
            return json_answer(refusal, 400)
        webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=self.consumed_challenge(credential),
            expected_rp_id="localhost",
            expected_origin=self.app_origin,
            credential_public_key=self.keys[credential["id"]],
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        if self.form_post is not NO_FORM:
            return json_answer({"form_post": self.form_post})
        return json_answer(
            {"redirect_url": f"{self.app_origin}/cb?code=abc&state=xyz"} | self.said()
        )

    def consumed_challenge(self, credential: dict[str, Any]) -> bytes:
        client_data = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client_data["challenge"])
        self.challenges.remove(challenge)
        return challenge
