"""A person's recent sign-in as a proof to somebody else than their application.

The ID token of the sign-in is shown; its login, read by the locator inside, decides. So a token of
a login that was ended since, or whose passkey or person no longer stands, proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.clock import Clock
from keybound.domain.identity import Identity
from keybound.domain.ids import ApplicationId, is_uuid
from keybound.domain.issuer import issuer_url
from keybound.oauth.codes import IDENTIFIED, open_locator
from keybound.oauth.ports import Configuration, LiveLogin, LoginReader, Seal, Verifier
from keybound.oauth.standing import stands

FRESH_S = 5 * 60
_PASSKEY_METHODS = frozenset({"hwk", "swk"})


@dataclass(frozen=True)
class FreshSignIns:
    """Judges ID tokens of this deployment's issuers."""

    configuration: Configuration
    verifier: Verifier
    logins: LoginReader
    seal: Seal
    clock: Clock
    auth_base_url: str

    def signed_in_at(self, identity: Identity, id_token: str) -> int:
        """Return when the identity showed a passkey, epoch seconds, at most FRESH_S ago.

        Raises ValueError for anything but an unexpired ID token of an application of its realm,
        from a sign-in by a passkey that still stands; Unavailable.
        """
        claims = self.verifier.verify(id_token, typ="jwt")
        issuer = self._check_issuer(identity, claims)
        now, expires = self.clock(), claims.get("exp")
        if not isinstance(expires, int) or now >= expires:
            raise ValueError("expired")
        locator = open_locator(
            self.seal, str(claims.get("locator", "")), kind=IDENTIFIED, issuer=issuer
        )
        if locator.identity_id != identity.id:
            raise ValueError("another identity's")
        live = self.logins.read(identity.tenant_id, identity.realm_id, locator)
        return _shown_at(live, str(claims.get("sid", "")), now)

    def _check_issuer(self, identity: Identity, claims: Mapping[str, Any]) -> str:
        t, r, issuer = identity.tenant_id, identity.realm_id, str(claims.get("iss", ""))
        a = ApplicationId(issuer.rpartition("/")[2])
        if not is_uuid(a) or issuer != issuer_url(self.auth_base_url, t, r, a):
            raise ValueError("not an issuer of the identity's realm")
        application = self.configuration.find_application(t, r, a)
        if application is None or claims.get("aud") != application.client_id:
            raise ValueError("not an ID token of that application")
        return issuer


def _shown_at(live: LiveLogin, sid: str, now: int) -> int:
    login = live.login
    if login is None or login.sid != sid or not stands(login, live.identity, live.credential):
        raise ValueError("the sign-in no longer stands")
    if _PASSKEY_METHODS.isdisjoint(login.amr):
        raise ValueError("not a sign-in by a passkey")
    if now >= login.auth_time + FRESH_S:
        raise ValueError("not recent")
    return login.auth_time
