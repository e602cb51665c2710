"""The end_session endpoint (OpenID Connect RP-Initiated Logout 1.0): a person signs out.

A session is one login. The ID token that the login gave, expired or not, names it and ends it;
without one nothing is ended, because a link on any page could ask for that. Nobody is sent to an
address that the application has not registered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import LoginLocator
from keybound.domain.logout_notice import LogoutNotice
from keybound.oauth.backchannel_logout import GIVEN_UP_AFTER_S
from keybound.oauth.codes import IDENTIFIED, open_locator
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.hints import read_id_token_hint
from keybound.oauth.ports import Configuration, Seal, Verifier
from keybound.oauth.ports_logout import LoginEnder
from keybound.oauth.redirect_uris import extend

PARAMETERS = (
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "logout_hint",
    "ui_locales",
)
LONGEST_STATE = 1024


@dataclass(frozen=True)
class SignedOut:
    """What became of the request. redirect_uri: where the browser goes next, or empty for a page.

    ended: whether a login was named by a good hint; it is ended then, if it was not before.
    """

    ended: bool
    redirect_uri: str = ""


@dataclass(frozen=True)
class EndSessionEndpoint:
    """Handles logout requests (§2)."""

    configuration: Configuration
    verifier: Verifier
    logins: LoginEnder
    seal: Seal
    clock: Clock
    auth_base_url: str

    def end(
        self, t: TenantId, r: RealmId, a: ApplicationId, pairs: Sequence[tuple[str, str]]
    ) -> SignedOut:
        """End the login that the hint names. Repeating it changes nothing.

        Raises InvalidRequest, to be shown on a page, with nothing ended; NotFound, Unavailable.
        """
        application = self.configuration.find_application(t, r, a)
        if application is None:
            raise NotFound("Application", a)
        asked = _single_values(pairs)
        if asked.get("client_id", application.client_id) != application.client_id:
            raise InvalidRequest("the client_id is not this application's")
        hint = asked.get("id_token_hint", "")
        if not hint:
            return SignedOut(ended=False)
        issuer = issuer_url(self.auth_base_url, t, r, a)
        self._end(application, issuer, hint)
        return SignedOut(ended=True, redirect_uri=_next(application, asked))

    def _end(self, application: Application, issuer: str, hint: str) -> None:
        claims = read_id_token_hint(self.verifier, hint, issuer, application.client_id)
        locator = self._locator(str(claims.get("locator", "")), issuer)
        sid, now = str(claims.get("sid", "")), self.clock()
        if not application.backchannel_logout_uri:
            self.logins.revoke_by_sid(locator, sid, application.client_id, now)
            return
        notice = LogoutNotice(
            challenge_hash=locator.challenge_hash,
            tenant_id=application.tenant_id,
            realm_id=application.realm_id,
            application_id=application.id,
            subject=str(claims.get("sub", "")),
            sid=sid,
            due=now,
            expires_at=now + GIVEN_UP_AFTER_S,
            ttl=now + 2 * GIVEN_UP_AFTER_S,
        )
        self.logins.end_and_tell(notice, application.client_id, now)

    def _locator(self, sealed: str, issuer: str) -> LoginLocator:
        try:
            return open_locator(self.seal, sealed, kind=IDENTIFIED, issuer=issuer)
        except ValueError as error:
            raise InvalidRequest("the id_token_hint names no sign-in") from error


def _single_values(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Known parameters once each, empty ones left out; unknown ones are ignored (§2)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in PARAMETERS or not value:
            continue
        if name in found:
            raise InvalidRequest("a parameter was sent more than once")
        found[name] = value
    return found


def _next(application: Application, asked: dict[str, str]) -> str:
    """Return the registered address that was asked for, with `state`; else nothing (§2, §3)."""
    uri, state = asked.get("post_logout_redirect_uri", ""), asked.get("state", "")
    if uri not in application.post_logout_redirect_uris:
        return ""
    if len(state) > LONGEST_STATE or not state.isascii() or not state.isprintable():
        return ""
    return extend(uri, {"state": state}) if state else uri
