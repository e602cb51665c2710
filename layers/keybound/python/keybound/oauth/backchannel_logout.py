"""Tells applications that logins ended (OpenID Connect Back-Channel Logout 1.0).

Whoever ends a login leaves a notice in the same write; this runs later, signs a logout token for
each notice and posts it. An attempt is claimed before it is made, so two runs do not tell twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.errors import Unavailable
from keybound.domain.issuer import issuer_url
from keybound.domain.login import Login
from keybound.domain.logout_notice import LogoutNotice
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth.ports import Configuration, Signer
from keybound.oauth.ports_logout import Announcements, Delivery, LogoutNotices

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYP = "logout+jwt"
TOKEN_LIFETIME_S = 120
GIVEN_UP_AFTER_S = 24 * 3600
FIRST_RETRY_S = 120
MOST_ATTEMPTS = 6
AT_ONCE = 8
DONE = (200, 204)


def notice_of(login: Login, now: int) -> LogoutNotice:
    """Return the notice of a login's end, due now."""
    return LogoutNotice(
        challenge_hash=login.challenge_hash,
        tenant_id=login.tenant_id,
        realm_id=login.realm_id,
        application_id=login.application_id,
        subject=login.subject,
        sid=login.sid,
        due=now,
        expires_at=now + GIVEN_UP_AFTER_S,
        ttl=now + 2 * GIVEN_UP_AFTER_S,
    )


@dataclass
class Told:
    """Counts for the log line. put_off: no answer, or none that says done."""

    announced: int = 0
    delivered: int = 0
    put_off: int = 0
    given_up: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class BackchannelLogout:
    """Works through what waits. `has_time` says whether another call may be begun."""

    announcements: Announcements
    notices: LogoutNotices
    configuration: Configuration
    signer: Signer
    delivery: Delivery
    clock: Clock
    randomness: Randomness
    auth_base_url: str
    batch: int = field(default=100)

    def run(self, has_time: Callable[[], bool]) -> Told:
        """Tell what can be told in time. Raises Unavailable; what was not told stays."""
        told = Told()
        self._announce(told, has_time)
        waiting = self.notices.waiting(self.clock(), self.batch)
        # An application that never answers must not keep the first word of others waiting.
        due = sorted(waiting, key=lambda notice: (notice.attempts, notice.due))
        for first in range(0, len(due), AT_ONCE):
            if not has_time():
                break
            calls = [self._telling(notice) for notice in due[first : first + AT_ONCE]]
            for outcome in together(*calls):
                setattr(told, outcome, getattr(told, outcome) + 1)
        return told

    def _announce(self, told: Told, has_time: Callable[[], bool]) -> None:
        """Turn the end of a person's or a passkey's logins into one notice a login."""
        for ended in self.announcements.waiting():
            if not has_time():
                return
            for login in self.announcements.logins_of(ended):
                application = self._application(login)
                if application is not None and application.backchannel_logout_uri:
                    self.notices.put(notice_of(login, self.clock()))
                    told.announced += 1
            self.announcements.remove(ended)

    def _telling(self, notice: LogoutNotice) -> Callable[[], str]:
        return lambda: self._tell(notice)

    def _tell(self, notice: LogoutNotice) -> str:
        """Make one attempt and return the name of its count."""
        now, application = self.clock(), self._application(notice)
        if application is None or not application.backchannel_logout_uri:
            self.notices.remove(notice)
            return "dropped"
        if now >= notice.expires_at or notice.attempts >= MOST_ATTEMPTS:
            self.notices.remove(notice)
            return "given_up"
        if not self.notices.claim(notice, now + FIRST_RETRY_S * 2**notice.attempts):
            return "dropped"
        if not self._posted(notice, application, now):
            return "put_off"
        self.notices.remove(notice)
        return "delivered"

    def _posted(self, notice: LogoutNotice, application: Application, now: int) -> bool:
        """Whether the application says that it has the token. One whose algorithm has no key in
        this deployment hears nothing, and is no reason to stop telling others."""
        try:
            token = self.signer.sign(
                self._claims(notice, application, now),
                typ=TYP,
                alg=application.token_signing_algorithm,
            )
        except Unavailable:
            return False
        uri = application.backchannel_logout_uri
        return self.delivery.post(uri, {"logout_token": token}) in DONE

    def _claims(
        self, notice: LogoutNotice, application: Application, now: int
    ) -> Mapping[str, Any]:
        """A logout token (§2.4): never a nonce, always `sid`, and `sub` where it is known."""
        ids = notice.tenant_id, notice.realm_id, notice.application_id
        content = {
            "iss": issuer_url(self.auth_base_url, *ids),
            "aud": application.client_id,
            "iat": now,
            "exp": now + TOKEN_LIFETIME_S,
            "jti": new_secret(self.randomness, 16),
            "sid": notice.sid,
            "events": {EVENT: {}},
        }
        return content | ({"sub": notice.subject} if notice.subject else {})

    def _application(self, of: LogoutNotice | Login) -> Application | None:
        return self.configuration.find_application(of.tenant_id, of.realm_id, of.application_id)
