"""`POST {issuer}/otp/redeem`: a code that came by mail finishes an authorization request.

Every try is counted before it is judged. A wrong code, an unknown address and a suspended identity
are one answer, after the same calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound, Unavailable
from keybound.domain.identity import Identity
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.one_time_password import LIFETIME_S, OTP_AMR, OneTimePassword
from keybound.domain.secrets import hash_secret
from keybound.domain.tenancy import RealmPath
from keybound.oauth.authorization_response import Finished, finished
from keybound.oauth.errors import InvalidRequest, WrongCode
from keybound.oauth.expected_person import check_expected_person
from keybound.oauth.new_login import NewLogins, SignedIn, challenge_hash_of
from keybound.oauth.otp_code import code_of, is_code, same_code
from keybound.oauth.otp_start import check_offered, text_in
from keybound.oauth.passkey_binding_token import PasskeyBindingTokens
from keybound.oauth.ports import Configuration, Mac
from keybound.oauth.ports_otp import AddressOwners, Newcomers, Passwords
from keybound.oauth.request_token import OpenedRequest, RequestTokens
from keybound.oauth.still_allowed import check_still_allowed

OVER = "this one-time password cannot be used any more; start the sign-in again"
REFUSED = "this person cannot sign in here"


@dataclass(frozen=True)
class Redeemed:
    """Where the browser goes next, and what a passkey may be bound with afterwards."""

    finished: Finished
    passkey_binding_token: str


@dataclass(frozen=True)
class OtpRedeem:
    """Handles `POST {issuer}/otp/redeem`."""

    configuration: Configuration
    tokens: RequestTokens
    passwords: Passwords
    owners: AddressOwners
    newcomers: Newcomers
    new_logins: NewLogins
    binding_tokens: PasskeyBindingTokens
    mac: Mac
    clock: Clock
    auth_base_url: str

    def redeem(
        self, t: TenantId, r: RealmId, a: ApplicationId, body: Mapping[str, Any]
    ) -> Redeemed:
        """Return where the browser goes, with a code for the client.

        Raises InvalidRequest (form; a request or one-time password that cannot be used any more),
        WrongCode, AccessDenied (hints name somebody else), NotFound, Unavailable.
        """
        issuer = issuer_url(self.auth_base_url, t, r, a)
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        now = self.clock()
        opened = self.tokens.open(text_in(body, "request"), issuer, now, grace_s=LIFETIME_S)
        config = check_still_allowed(self.configuration, application, opened)
        check_offered(config, opened)
        code, session = text_in(body, "code"), text_in(body, "otp_session")
        if not is_code(code):
            raise WrongCode  # what cannot be one costs no try
        password = self.passwords.take_try(challenge_hash_of(opened), hash_secret(session), now)
        if password is None:
            raise InvalidRequest(OVER)
        creates = config.one_time_password_creates_identities
        identity = self._holder(application, opened, password, code, creates=creates)
        who = SignedIn(identity, OTP_AMR, refused=REFUSED)
        client_code = self.new_logins.code_for(application, opened, who, now)
        token = self.binding_tokens.issue(issuer, password.challenge_hash, identity.id, now)
        notes = {"identity_id": identity.id}
        return Redeemed(finished(opened, {"code": client_code}, notes), token)

    def _holder(
        self,
        application: Application,
        opened: OpenedRequest,
        password: OneTimePassword,
        code: str,
        *,
        creates: bool,
    ) -> Identity:
        """Return who the code was mailed to, with the address proven. Raises WrongCode."""
        right = same_code(self._expected(password), code)
        if not right or not password.recipient:
            raise WrongCode
        path = RealmPath(password.tenant_id, password.realm_id)
        if password.identity_id is None:
            if not creates:
                raise WrongCode(detail="identities are created no more")
            identity = self._newcomer(application, opened, password, path)
        else:
            identity = self.owners.get(path, password.identity_id)
        if identity is None or not identity.is_active or identity.email != password.recipient:
            raise WrongCode(detail="gone, suspended, or of another address by now")
        sealed, proven = opened.sealed, replace(identity, verified_email=password.recipient)
        check_expected_person(
            application, proven, sealed.login_hint, sealed.required_subject, REFUSED
        )
        held = self.owners.prove(identity, password.recipient)
        if held is None:
            raise WrongCode(detail="another identity has proven the address")
        return held

    def _newcomer(
        self,
        application: Application,
        opened: OpenedRequest,
        password: OneTimePassword,
        path: RealmPath,
    ) -> Identity | None:
        """Make the identity of somebody whom nobody knows, judged before anything is stored."""
        draft = self.newcomers.draft(path, password.recipient, self.clock())
        sealed, proven = opened.sealed, replace(draft, verified_email=password.recipient)
        check_expected_person(
            application, proven, sealed.login_hint, sealed.required_subject, REFUSED
        )
        return self.newcomers.admit(draft, password.asked_at)

    def _expected(self, password: OneTimePassword) -> str:
        try:
            return code_of(self.mac, password)
        except ValueError as error:
            raise Unavailable(detail="the key of a one-time password is gone") from error
