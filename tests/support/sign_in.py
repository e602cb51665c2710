"""An application, a person with a passkey, and the steps of a sign-in, over real rooms.

Configuration is put straight into the table, so that tests of the auth rooms do not depend on
the management rooms; journeys go through those.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from keybound.ceremonies.registration import creation_options, verify_registration
from keybound.ceremonies.relying_party import RelyingParty
from keybound.domain import credential as credentials
from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.identity import Identity, PasskeyReference, user_handle
from keybound.domain.issuer import issuer_url
from keybound.domain.secrets import hash_secret
from keybound.oauth.pkce import s256_challenge
from keybound.storage import keys
from keybound.storage.codec import encode
from keybound.storage.identity_filters import filter_attributes

from functions import composition
from tests.support.platform import Answer, Platform
from tests.support.software_authenticator import HONEST, Lies, SoftwareAuthenticator

ORIGIN = "https://app.example.com"
INVOKE_URL = "https://app.example.com/passkeys"
REDIRECT_URI = "https://app.example.com/callback?tab=1"
SECRET = "s3cret-" + "x" * 43
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@dataclass
class SignIn:
    """One application of the platform's realm, with one identity and its authenticator."""

    platform: Platform
    application: Application
    config: AuthenticatorConfig
    identity: Identity
    authenticator: SoftwareAuthenticator
    passkey: Credential
    secret: str = SECRET
    issuer: str = field(init=False)

    def __post_init__(self) -> None:
        a = self.application
        base = self.platform.auth_base_url
        self.issuer = issuer_url(base, a.tenant_id, a.realm_id, a.id)

    # Steps ---------------------------------------------------------------------------------------

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """Return a good authorization request's parameters; None takes one away."""
        good: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.application.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "state": "st-1",
            "nonce": "n-1",
            "code_challenge": s256_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {k: v for k, v in (good | changes).items() if v is not None}

    def authorize(self, **changes: str | None) -> Answer:
        return self.platform.call(
            "GET", f"{self.issuer}/authorize?{urlencode(self.parameters(**changes))}"
        )

    def request(self, **changes: str | None) -> str:
        """Return the request token of a good authorization request."""
        answer = self.authorize(**changes)
        assert answer.status == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["request"][0]

    def assertion(self, request: str, lies: Lies = HONEST) -> dict[str, Any]:
        import json

        payload = json.loads(from_b64url(request.split(".")[1]))
        challenge = from_b64url(payload["challenge"])
        return self.authenticator.get(payload["relying_party_id"], challenge, lies=lies)

    def authenticate(self, request: str, credential: Any = None) -> Answer:
        body = {"request": request, "credential": credential or self.assertion(request)}
        return self.platform.call("POST", f"{self.issuer}/authenticate", json=body)

    def code(self, **changes: str | None) -> str:
        """Sign in and return the code."""
        answer = self.authenticate(self.request(**changes))
        assert answer.status == 200, answer.text
        return parse_qs(urlsplit(answer.json()["redirect_url"]).query)["code"][0]

    def redeem(self, code: str, **changes: str | None) -> Answer:
        """Exchange a code; the client authenticates in the body."""
        good: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            "client_id": self.application.client_id,
            "client_secret": None if self.application.is_public else self.secret,
        }
        return self.token({k: v for k, v in (good | changes).items() if v is not None})

    def refresh(self, refresh_token: str, **changes: str | None) -> Answer:
        """Use a refresh token; the client authenticates in the body."""
        good: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.application.client_id,
            "client_secret": None if self.application.is_public else self.secret,
        }
        return self.token({k: v for k, v in (good | changes).items() if v is not None})

    def token(self, form: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
        return self.platform.call("POST", f"{self.issuer}/token", form=form, headers=headers or {})

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        """Sign in, exchange the code, return the token response."""
        answer = self.redeem(self.code(**changes))
        assert answer.status == 200, answer.text
        members: dict[str, Any] = answer.json()
        return members

    def push(self, *more: tuple[str, str], **changes: str | None) -> Answer:
        """Push an authorization request (RFC 9126); the client authenticates in the body."""
        secret = None if self.application.is_public else self.secret
        form = self.parameters(**({"client_secret": secret} | changes))
        return self.platform.call("POST", f"{self.issuer}/par", form=[*form.items(), *more])

    def authorize_pushed(self, request_uri: str, **more: str) -> Answer:
        """Open the authorization endpoint with nothing but what RFC 9126 §4 asks for."""
        query = {"client_id": self.application.client_id, "request_uri": request_uri} | more
        return self.platform.call("GET", f"{self.issuer}/authorize?{urlencode(query)}")

    def end_session(self, *, method: str = "GET", **parameters: str) -> Answer:
        """Sign out (OpenID Connect RP-Initiated Logout 1.0)."""
        url = f"{self.issuer}/end_session"
        if method == "POST":
            return self.platform.call("POST", url, form=parameters)
        return self.platform.call(method, f"{url}?{urlencode(parameters)}")

    def revoke(self, token: str, **changes: str | None) -> Answer:
        return self._about(f"{self.issuer}/revoke", token, changes)

    def introspect(self, token: str, *, at: str = "", **changes: str | None) -> Answer:
        """Ask about a token, at the issuer's own endpoint or at another one."""
        return self._about(at or f"{self.issuer}/introspect", token, changes)

    def _about(self, url: str, token: str, changes: dict[str, str | None]) -> Answer:
        good: dict[str, str | None] = {
            "token": token,
            "client_id": self.application.client_id,
            "client_secret": None if self.application.is_public else self.secret,
        }
        form = {k: v for k, v in (good | changes).items() if v is not None}
        return self.platform.call("POST", url, form=form)

    def userinfo(self, token: str) -> Answer:
        return self.platform.call("GET", f"{self.issuer}/userinfo", token=token)

    # Changes -------------------------------------------------------------------------------------

    def change_application(self, **changes: Any) -> None:
        self.application = replace(self.application, **changes)
        a = self.application
        _put(self.platform, keys.application(a.tenant_id, a.realm_id, a.id), a)

    def change_config(self, **changes: Any) -> None:
        self.config = replace(self.config, **changes)
        c = self.config
        _put(self.platform, keys.authenticator_config(c.tenant_id, c.realm_id, c.id), c)

    def change_identity(self, **changes: Any) -> None:
        self.identity = replace(self.identity, **changes)
        i = self.identity
        _put(self.platform, keys.identity(i.tenant_id, i.realm_id, i.id), i)

    def end_passkey(self, method: str, verb: str = "") -> None:
        """Revoke or delete it by the management API, which finds it by its pointer."""
        at = self.passkey
        pointer = keys.credential_pointer(at.tenant_id, at.realm_id, at.identity_id, at.id)
        hashed = _credential_key(at).pk.rpartition("#")[2]
        item = {**pointer._asdict(), "credential_hash": hashed}
        self.platform.deployment.directory.put(item)
        path = f"/identities/{self.identity.id}/credentials/{at.id}{verb}"
        answer = self.platform.manage(method, path)
        assert answer.status == 200, answer.text

    def change_passkey(self, **changes: Any) -> None:
        self.passkey = replace(self.passkey, **changes)
        _put(self.platform, _credential_key(self.passkey), self.passkey)


def new_sign_in(
    platform: Platform, *, authenticator: SoftwareAuthenticator | None = None, **application: Any
) -> SignIn:
    """Put config, application, identity and a bound passkey; `application` changes its fields."""
    config = _config(platform)
    app = replace(_application(platform, config), **application)
    identity = _identity(platform)
    device = authenticator or SoftwareAuthenticator(origin=ORIGIN)
    passkey = _bind(device, config, identity)
    reference = PasskeyReference(passkey.id, passkey.credential_id, passkey.transports)
    identity = replace(identity, passkeys=(reference,), credential_epoch=1, credential_count=1)
    t, r = config.tenant_id, config.realm_id
    _put(platform, keys.authenticator_config(t, r, config.id), config)
    _put(platform, keys.application(t, r, app.id), app)
    _put(platform, keys.identity(t, r, identity.id), identity)
    _put(platform, _credential_key(passkey), passkey)
    return SignIn(platform, app, config, identity, device, passkey)


def new_resource_server(platform: Platform, identifier: str, *scopes: str) -> ResourceServer:
    """Put a resource server of the platform's realm."""
    server = ResourceServer(
        _uuid(), platform.tenant_id, platform.realm_id, "API", identifier, scopes, 0, 0
    )
    _put(platform, keys.resource_server(server.tenant_id, server.realm_id, server.id), server)
    return server


def _put(platform: Platform, key: keys.Key, entity: object) -> None:
    listed = filter_attributes(entity) if isinstance(entity, Identity) else {}
    platform.deployment.directory.put({**key._asdict(), **encode(entity), **listed})


def _credential_key(passkey: Credential) -> keys.Key:
    hashed = credential_hash(from_b64url(passkey.credential_id))
    return keys.credential(passkey.tenant_id, passkey.realm_id, hashed)


def _uuid() -> Any:
    from keybound.domain.ids import new_uuid

    return new_uuid(composition.randomness)


def _hex() -> Any:
    from keybound.domain.ids import new_hex_id

    return new_hex_id(composition.randomness)


def _config(platform: Platform) -> AuthenticatorConfig:
    return AuthenticatorConfig(
        id=_uuid(),
        tenant_id=platform.tenant_id,
        realm_id=platform.realm_id,
        display_name="Example",
        invoke_url=INVOKE_URL,
        invocation_type="automatic",
        trusted_origins=(ORIGIN,),
        authentication_methods=("webauthn_passkey",),
        relying_party_id="app.example.com",
        expected_origins=(ORIGIN,),
        create_time=0,
        update_time=0,
    )


def _application(platform: Platform, config: AuthenticatorConfig) -> Application:
    return Application(
        id=_uuid(),
        tenant_id=platform.tenant_id,
        realm_id=platform.realm_id,
        display_name="Shop",
        protocol="oidc",
        confidentiality="confidential",
        client_id=f"client-{_hex()}",
        client_secret_hash=hash_secret(SECRET),
        grant_types=("authorization_code",),
        redirect_uris=(REDIRECT_URI,),
        allowed_scopes=(),
        expires_after=3600,
        create_time=0,
        update_time=0,
        authenticator_config_id=config.id,
    )


def _identity(platform: Platform) -> Identity:
    number = _hex()
    traits = {"username": f"ada-{number}", "primary_email_address": f"ada-{number}@example.com"}
    return Identity(
        _hex(), platform.tenant_id, platform.realm_id, "Ada Lovelace", "active", traits, 0, 0
    )


def _bind(
    device: SoftwareAuthenticator, config: AuthenticatorConfig, identity: Identity
) -> Credential:
    party = RelyingParty(config.relying_party_id, config.display_name, config.expected_origins)
    challenge = composition.randomness(32)
    options = creation_options(
        relying_party=party,
        user_id=user_handle(identity),
        user_name=identity.username,
        user_display_name=identity.display_name,
        challenge=challenge,
        exclude_credentials=(),
    )
    verified = verify_registration(
        response=device.create(options), expected_challenge=challenge, relying_party=party
    )
    return Credential(
        id=_hex(),
        tenant_id=identity.tenant_id,
        realm_id=identity.realm_id,
        identity_id=identity.id,
        state=credentials.ACTIVE,
        credential_id=b64url(verified.credential_id),
        public_key=verified.public_key,
        algorithm=verified.algorithm,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        transports=verified.transports,
        backup_eligible=verified.backup_eligible,
        backup_state=verified.backup_state,
        relying_party_id=config.relying_party_id,
        display_name="Passkey",
        job_id=_hex(),
        create_time=0,
        update_time=0,
    )
