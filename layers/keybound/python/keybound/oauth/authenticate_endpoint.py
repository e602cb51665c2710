"""The passkey's answer to an authorization request: verified, it becomes a login and its code.

Failures are answered to the page that asked and never redirect.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keybound.ceremonies.authentication import VerifiedAssertion
from keybound.domain.application import AUTHORIZATION_CODE, Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.errors import NotFound, Unavailable
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import Login, LoginLocator
from keybound.domain.parallel import together
from keybound.domain.passkey_signals import signals_of
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth import claims
from keybound.oauth.assertion import REFUSED, Assertion, check_expected_person, judge_assertion
from keybound.oauth.authorization_response import Finished, cancellation, finished
from keybound.oauth.codes import new_code
from keybound.oauth.errors import AccessDenied, InvalidRequest
from keybound.oauth.ports import (
    Configuration,
    LoginCreator,
    PasskeyReader,
    Seal,
    UseRecorder,
)
from keybound.oauth.ports_pushed import PushedRequestConsumer
from keybound.oauth.redirect_uris import is_registered
from keybound.oauth.request_token import OpenedRequest, RequestTokens
from keybound.oauth.scopes import may_hold

CODE_LIFETIME_S = 60
CLOCK_SKEW_S = 60
LAST_USED_EVERY_S = 24 * 3600


@dataclass(frozen=True)
class AuthenticateEndpoint:
    """Handles `POST {issuer}/authenticate`."""

    configuration: Configuration
    tokens: RequestTokens
    passkeys: PasskeyReader
    logins: LoginCreator
    uses: UseRecorder
    pushed: PushedRequestConsumer
    seal: Seal
    clock: Clock
    randomness: Randomness
    auth_base_url: str

    def finish(
        self, t: TenantId, r: RealmId, a: ApplicationId, body: Mapping[str, Any]
    ) -> Finished:
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
            return finished(opened, cancellation(body), {"outcome": "cancelled"})
        made = judge_assertion(
            self.passkeys, application, config, opened.challenge, body.get("credential")
        )
        sealed = opened.sealed
        check_expected_person(
            application, made.identity, sealed.login_hint, sealed.required_subject
        )
        return self._store(application, opened, made)

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
            and may_hold(application, sealed.scope)
            and (bool(sealed.pushed) or not application.require_pushed_authorization_requests)
        )
        if config is None or not allowed:
            raise InvalidRequest("the application has changed since; start the sign-in again")
        return config

    def _store(self, application: Application, opened: OpenedRequest, made: Assertion) -> Finished:
        """Write the login and, where something moved, the passkey's use: one round."""
        now, credential = self.clock(), made.credential
        hashed = credential_hash(from_b64url(credential.credential_id))
        challenge_hash = b64url(hashlib.sha256(opened.challenge).digest())
        locator = LoginLocator(challenge_hash, made.identity.id, hashed)
        code, code_hash = new_code(self.seal, self.randomness, locator, opened.issuer)
        login = self._login(application, opened, credential, locator, code_hash, now)
        login = replace(
            login,
            subject=claims.subject(application, made.identity),
            session_epoch=made.identity.session_epoch,
        )
        try:
            beside = self._writes_beside(made, opened.sealed.pushed, locator, now)
            *told, created = together(*beside.values(), lambda: self.logins.create(login))
        except Unavailable as error:
            # The login may have been stored, and its code then was in an answer nobody got.
            text = "temporarily unavailable; start the sign-in again"
            raise Unavailable(text, detail=error.detail) from error
        verdict = dict(zip(beside, told, strict=True))
        if not created or not verdict.get("pushed", True):
            raise InvalidRequest("the request was used already; start the sign-in again")
        if not verdict.get("use", True):
            raise AccessDenied(REFUSED, detail="revoked, or its counter was overtaken")
        signals = signals_of(made.identity, credential.relying_party_id, credential.credential_id)
        return replace(finished(opened, {"code": code}, _notes(made)), signals=signals)

    def _writes_beside(
        self, made: Assertion, pushed: str, locator: LoginLocator, now: int
    ) -> dict[str, Callable[[], bool]]:
        """What else is written in the round of the login, if there is anything: the passkey's
        use, and that of the pushed request. When one says no, nobody gets the code."""
        writes: dict[str, Callable[[], bool]] = {}
        if _is_worth_writing(made.credential, made.verified, now):
            writes["use"] = lambda: self._record_use(made, locator, now)
        if pushed:
            by = locator.challenge_hash
            writes["pushed"] = lambda: self.pushed.consume(pushed, use_id=by, now=now)
        return writes

    def _record_use(self, made: Assertion, locator: LoginLocator, now: int) -> bool:
        """One assertion is one use however often it is posted, so its challenge names it: of
        many parallel posts any may write the counter, and the one that stores the login stands."""
        verified = made.verified
        return self.uses.record_use(
            made.credential,
            locator.credential_hash,
            sign_count=verified.sign_count if verified.counter_moved else None,
            backup_state=verified.backup_state,
            now=now,
            use_id=locator.challenge_hash,
        )

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
            resource=tuple(sealed.resource.split(" ")) if sealed.resource else (),
            code_challenge=sealed.code_challenge,
            dpop_jkt=sealed.dpop_jkt,
            auth_time=now,
            amr=claims.authentication_methods(credential),
            sid=new_secret(self.randomness, 16),
            code_hash=code_hash,
            code_expires_at=code_expires_at,
            put_id=new_secret(self.randomness, 16),
            ttl=max(opened.expires_at, code_expires_at) + CLOCK_SKEW_S,
        )


def _is_worth_writing(credential: Credential, verified: VerifiedAssertion, now: int) -> bool:
    """Write when the counter or the backup state moved, and the time of use at most daily."""
    return (
        verified.counter_moved
        or verified.backup_state != credential.backup_state
        or now - credential.last_used_time >= LAST_USED_EVERY_S
    )


def _notes(made: Assertion) -> dict[str, str]:
    notes = {"identity_id": made.identity.id, "credential_id": made.credential.id}
    if made.verified.clone_suspected:
        notes["warning"] = "signature counter did not rise"
    return notes
