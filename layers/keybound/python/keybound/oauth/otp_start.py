"""`POST {issuer}/otp`: asks for a code by mail.

Nothing here looks the address up. Whether anybody is known by it is found out after the answer, by
the room that writes the mail, so that neither the answer nor its time can tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.authenticator_config import EMAIL_ONE_TIME_PASSWORD, AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.email_address import is_mailable
from keybound.domain.errors import NotFound, TooManyRequests
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.one_time_password import LIFETIME_S, RESEND_AFTER_S, OneTimePassword
from keybound.domain.secrets import Randomness, hash_secret, new_secret
from keybound.domain.tenancy import RealmPath
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.new_login import challenge_hash_of
from keybound.oauth.ports import Configuration, Mac
from keybound.oauth.ports_otp import Dispatch, Passwords, RecipientLimit
from keybound.oauth.request_token import OpenedRequest, RequestTokens
from keybound.oauth.still_allowed import check_still_allowed


@dataclass(frozen=True)
class Asked:
    """session: the secret that goes with the code, for the asking page alone."""

    session: str
    expires_in: int = LIFETIME_S


@dataclass(frozen=True)
class OtpStart:
    """Handles `POST {issuer}/otp`. sends_mail: whether this deployment can."""

    configuration: Configuration
    tokens: RequestTokens
    passwords: Passwords
    limit: RecipientLimit
    mac: Mac
    dispatch: Dispatch
    clock: Clock
    randomness: Randomness
    auth_base_url: str
    sends_mail: bool

    def ask(self, t: TenantId, r: RealmId, a: ApplicationId, body: Mapping[str, Any]) -> Asked:
        """Have a code mailed to whoever signs in by the address, if anybody does.

        Raises InvalidRequest, NotFound, TooManyRequests, Unavailable: none of them for reasons
        that have to do with who is known here.
        """
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        now = self.clock()
        opened = self.tokens.open(text_in(body, "request"), self._issuer(t, r, a), now)
        config = check_still_allowed(self.configuration, application, opened)
        check_offered(config, opened)
        address = text_in(body, "email")
        if not is_mailable(address):
            raise InvalidRequest("the email is not an address that can be mailed")
        if not self.sends_mail:
            raise InvalidRequest("this deployment sends no mail")
        challenge_hash = challenge_hash_of(opened)
        # First, so that impatience uses up no mails of the address's day.
        before = self.passwords.find(challenge_hash)
        if before is not None and not before.may_be_followed(now):
            raise too_soon()
        self.limit.admit_recipient(RealmPath(t, r), address, now)
        session = new_secret(self.randomness)
        password = OneTimePassword(
            challenge_hash=challenge_hash,
            tenant_id=t,
            realm_id=r,
            application_id=a,
            address=address,
            session_hash=hash_secret(session),
            nonce=new_secret(self.randomness),
            kid=self.mac.current_kid(),
            asked_at=now,
            expires_at=now + LIFETIME_S,
            ask_id=new_secret(self.randomness, 16),
            may_create=config.one_time_password_creates_identities,
        )
        if not self.passwords.ask(password):
            raise too_soon()
        self.dispatch(password)
        return Asked(session)

    def _issuer(self, t: TenantId, r: RealmId, a: ApplicationId) -> str:
        return issuer_url(self.auth_base_url, t, r, a)


def check_offered(config: AuthenticatorConfig, opened: OpenedRequest) -> None:
    """Raises InvalidRequest unless the config has the method, now and when the request was made."""
    for offered in (config.authentication_methods, opened.authentication_methods):
        if EMAIL_ONE_TIME_PASSWORD not in offered:
            raise InvalidRequest("this application does not sign in by one-time password")


def too_soon() -> TooManyRequests:
    text = "a code was asked for just now, or too often for one sign-in"
    return TooManyRequests(text, retry_after_s=RESEND_AFTER_S)


def text_in(body: Mapping[str, Any], name: str) -> str:
    """Return a member that must be there. Raises InvalidRequest."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"the {name} is missing")
    return value
