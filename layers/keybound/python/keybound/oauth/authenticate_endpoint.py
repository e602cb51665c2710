"""The passkey's answer to an authorization request: verified, it becomes a login and its code.

Failures are answered to the page that asked and never redirect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from keybound.ceremonies.authentication import VerifiedAssertion
from keybound.domain.application import Application
from keybound.domain.authenticator_config import PASSKEYS, AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import LoginLocator
from keybound.domain.passkey_signals import signals_of
from keybound.domain.secrets import Randomness
from keybound.oauth import claims
from keybound.oauth.assertion import REFUSED, Assertion, judge_assertion
from keybound.oauth.authorization_response import Finished, cancellation, finished
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.expected_person import check_expected_person
from keybound.oauth.new_login import NewLogins, SignedIn, challenge_hash_of
from keybound.oauth.ports import (
    Configuration,
    LoginCreator,
    PasskeyReader,
    Seal,
    UseRecorder,
)
from keybound.oauth.ports_pushed import PushedRequestConsumer
from keybound.oauth.request_token import OpenedRequest, RequestTokens
from keybound.oauth.still_allowed import check_still_allowed

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
        config = check_still_allowed(self.configuration, application, opened)
        if "error" in body:
            return finished(opened, cancellation(body), {"outcome": "cancelled"})
        _check_offered(config, opened)
        made = judge_assertion(
            self.passkeys, application, config, opened.challenge, body.get("credential")
        )
        sealed = opened.sealed
        check_expected_person(
            application, made.identity, sealed.login_hint, sealed.required_subject, REFUSED
        )
        return self._store(application, opened, made)

    def _store(self, application: Application, opened: OpenedRequest, made: Assertion) -> Finished:
        """Write the login and, where something moved, the passkey's use: one round."""
        now, credential = self.clock(), made.credential
        who = SignedIn(
            made.identity,
            claims.authentication_methods(credential),
            credential.id,
            credential_hash(from_b64url(credential.credential_id)),
            refused=REFUSED,
        )
        if _is_worth_writing(credential, made.verified, now):
            locator = LoginLocator(challenge_hash_of(opened), made.identity.id, who.credential_hash)
            who = replace(who, use=lambda: self._record_use(made, locator, now))
        new = NewLogins(self.logins, self.pushed, self.seal, self.randomness)
        code = new.code_for(application, opened, who, now)
        signals = signals_of(made.identity, credential.relying_party_id, credential.credential_id)
        return replace(finished(opened, {"code": code}, _notes(made)), signals=signals)

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


def _check_offered(config: AuthenticatorConfig, opened: OpenedRequest) -> None:
    """Raises InvalidRequest unless the config has passkeys, now and when the request was made."""
    for offered in (config.authentication_methods, opened.authentication_methods):
        if PASSKEYS.isdisjoint(offered):
            raise InvalidRequest("this application does not sign in by passkey")


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
