"""The passkey's answer to an authorization request: verified, it becomes a login and its code.

Failures are answered to the page that asked and never redirect. One text covers every refused
passkey, unknown ids included, so that nothing is learned about who has which passkey.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.ceremonies.authentication import (
    AssertionHead,
    RegisteredPasskey,
    VerifiedAssertion,
    read_assertion,
    verify_assertion,
)
from keybound.ceremonies.errors import CeremonyRefused
from keybound.ceremonies.relying_party import RelyingParty
from keybound.domain.application import AUTHORIZATION_CODE, Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.errors import NotFound
from keybound.domain.identity import Identity, identity_of_user_handle, user_handle
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import Login, LoginLocator
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth import claims
from keybound.oauth.codes import new_code
from keybound.oauth.errors import AccessDenied, InvalidRequest, InvalidScope
from keybound.oauth.hints import matches_login_hint
from keybound.oauth.ports import (
    Configuration,
    LoginCreator,
    PasskeyReader,
    Seal,
    UseRecorder,
)
from keybound.oauth.redirect_uris import extend, is_registered
from keybound.oauth.request_token import OpenedRequest, RequestTokens
from keybound.oauth.scopes import granted_to_identity
from keybound.oauth.standing import may_sign_in

CODE_LIFETIME_S = 60
CLOCK_SKEW_S = 60
LAST_USED_EVERY_S = 24 * 3600
_REFUSED = "this passkey cannot sign in here"


@dataclass(frozen=True)
class AuthenticateEndpoint:
    """Handles `POST {issuer}/authenticate`."""

    configuration: Configuration
    tokens: RequestTokens
    passkeys: PasskeyReader
    logins: LoginCreator
    uses: UseRecorder
    seal: Seal
    clock: Clock
    randomness: Randomness
    auth_base_url: str

    def finish(self, t: TenantId, r: RealmId, a: ApplicationId, body: Mapping[str, Any]) -> str:
        """Return where the browser goes next: the redirect URI with a code, or with the error
        `access_denied` when the person cancelled.

        Raises InvalidRequest (form, expired or used request), AccessDenied, NotFound, Unavailable.
        """
        issuer = issuer_url(self.auth_base_url, t, r, a)
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        token = body.get("request")
        if not isinstance(token, str):
            raise InvalidRequest("the request is missing")
        opened = self.tokens.open(token, issuer, self.clock())
        config = self._check_still_allowed(application, opened)
        if "error" in body:
            return _cancelled(body, opened)
        return self._sign_in(application, config, opened, body.get("credential"))

    def _check_still_allowed(
        self, application: Application, opened: OpenedRequest
    ) -> AuthenticatorConfig:
        """Judge an opened request against the application as it is now."""
        sealed = opened.sealed
        config = None
        if application.authenticator_config_id is not None:
            config = self.configuration.find_authenticator_config(
                application.tenant_id, application.realm_id, application.authenticator_config_id
            )
        allowed = (
            opened.client_id == application.client_id
            and AUTHORIZATION_CODE in application.grant_types
            and is_registered(application, sealed.redirect_uri)
            and (bool(sealed.code_challenge) or not application.needs_pkce)
        )
        try:
            granted_to_identity(application, sealed.scope)
        except InvalidScope:
            allowed = False
        if config is None or not allowed:
            raise InvalidRequest("the application has changed since; start the sign-in again")
        return config

    def _sign_in(
        self,
        application: Application,
        config: AuthenticatorConfig,
        opened: OpenedRequest,
        response: object,
    ) -> str:
        try:
            head = read_assertion(response)
        except CeremonyRefused as error:
            raise InvalidRequest("the credential is malformed", detail=error.detail) from error
        identity, credential = self._owner(application, head)
        verified = _verify(response, config, opened, identity, credential)
        subject = claims.subject(application, identity)
        expected = opened.sealed.required_subject
        if not matches_login_hint(identity, opened.sealed.login_hint):
            raise AccessDenied(_REFUSED, detail="login_hint names somebody else")
        if not subject or subject == application.client_id or expected not in ("", subject):
            raise AccessDenied(_REFUSED, detail="no subject, or not the one that was asked for")
        return self._store(application, opened, identity, credential, verified)

    def _owner(self, application: Application, head: AssertionHead) -> tuple[Identity, Credential]:
        """Read identity and credential in one batch; refuse unless both are in good standing."""
        owner = identity_of_user_handle(head.user_handle)
        t, r = application.tenant_id, application.realm_id
        if owner is None or owner[:2] != (t, r):
            raise AccessDenied(_REFUSED, detail="user handle of another realm")
        found = self.passkeys.read(t, r, owner[2], credential_hash(head.credential_id))
        if (
            found.identity is None
            or found.credential is None
            or not may_sign_in(found.identity, found.credential)
        ):
            raise AccessDenied(_REFUSED, detail="unknown, revoked, suspended or somebody else's")
        return found.identity, found.credential

    def _store(
        self,
        application: Application,
        opened: OpenedRequest,
        identity: Identity,
        credential: Credential,
        verified: VerifiedAssertion,
    ) -> str:
        now = self.clock()
        hashed = credential_hash(from_b64url(credential.credential_id))
        locator = LoginLocator(
            b64url(hashlib.sha256(opened.challenge).digest()), identity.id, hashed
        )
        code, code_hash = new_code(self.seal, self.randomness, locator, opened.issuer)
        login = self._login(application, opened, credential, locator, code_hash, now)
        if _is_worth_writing(credential, verified, now):
            may_stand, created = together(
                lambda: self.uses.record_use(
                    credential,
                    hashed,
                    sign_count=verified.sign_count if verified.counter_moved else None,
                    backup_state=verified.backup_state,
                    now=now,
                    use_id=login.put_id,
                ),
                lambda: self.logins.create(login),
            )
        else:
            may_stand, created = True, self.logins.create(login)
        if not created:
            raise InvalidRequest("the request was used already; start the sign-in again")
        if not may_stand:
            raise AccessDenied(_REFUSED, detail="revoked, or its counter was overtaken")
        return _with_code(opened, code)

    def _login(
        self,
        application: Application,
        opened: OpenedRequest,
        credential: Credential,
        locator: LoginLocator,
        code_hash: str,
        now: int,
    ) -> Login:
        sealed = opened.sealed
        code_expires_at = now + CODE_LIFETIME_S
        return Login(
            challenge_hash=locator.challenge_hash,
            tenant_id=application.tenant_id,
            realm_id=application.realm_id,
            application_id=application.id,
            client_id=application.client_id,
            identity_id=locator.identity_id,
            credential_id=credential.id,
            credential_hash=locator.credential_hash,
            redirect_uri=sealed.redirect_uri,
            redirect_uri_sent=bool(sealed.redirect_uri_sent),
            scope=sealed.scope,
            nonce=sealed.nonce,
            code_challenge=sealed.code_challenge,
            auth_time=now,
            amr=claims.authentication_methods(credential),
            sid=new_secret(self.randomness, 16),
            code_hash=code_hash,
            code_expires_at=code_expires_at,
            put_id=new_secret(self.randomness, 16),
            ttl=max(opened.expires_at, code_expires_at) + CLOCK_SKEW_S,
        )


def _verify(
    response: object,
    config: AuthenticatorConfig,
    opened: OpenedRequest,
    identity: Identity,
    credential: Credential,
) -> VerifiedAssertion:
    relying_party = RelyingParty(
        config.relying_party_id, config.display_name, config.expected_origins
    )
    try:
        return verify_assertion(
            response=response,
            expected_challenge=opened.challenge,
            relying_party=relying_party,
            passkey=RegisteredPasskey(
                credential_id=from_b64url(credential.credential_id),
                public_key=credential.public_key,
                sign_count=credential.sign_count,
                backup_eligible=credential.backup_eligible,
                backup_state=credential.backup_state,
            ),
            expected_user_handle=user_handle(identity),
        )
    except CeremonyRefused as error:
        raise AccessDenied(_REFUSED, detail=f"{error.step}: {error.detail}") from error


def _is_worth_writing(credential: Credential, verified: VerifiedAssertion, now: int) -> bool:
    """Write when the counter or the backup state moved, and the time of use at most daily."""
    return (
        verified.counter_moved
        or verified.backup_state != credential.backup_state
        or now - credential.last_used_time >= LAST_USED_EVERY_S
    )


def _cancelled(body: Mapping[str, Any], opened: OpenedRequest) -> str:
    if body.get("error") != "access_denied" or "credential" in body:
        raise InvalidRequest("the only error a page may report is access_denied")
    parameters = {"error": "access_denied", "error_description": "the person did not sign in"}
    return _redirect(opened, parameters)


def _with_code(opened: OpenedRequest, code: str) -> str:
    return _redirect(opened, {"code": code})


def _redirect(opened: OpenedRequest, parameters: dict[str, str]) -> str:
    """Extend the redirect URI with the parameters, `state` and `iss` (RFC 9207 §2)."""
    state = {"state": opened.sealed.state} if opened.sealed.state else {}
    return extend(opened.sealed.redirect_uri, {**parameters, **state, "iss": opened.issuer})
