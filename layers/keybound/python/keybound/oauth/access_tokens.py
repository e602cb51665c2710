"""Reading our own access tokens back, self-contained (RFC 9068 §4) and referential.

First what the token itself shows, without a table; then, in one batch, whether it was ended and
who stands behind it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.access_token import TokenName, TokenPlace
from keybound.domain.clock import Clock
from keybound.domain.ids import ApplicationId, RealmId, TenantId, is_uuid
from keybound.domain.issuer import issuer_url
from keybound.domain.login import LoginLocator
from keybound.domain.secrets import secret_matches
from keybound.oauth.codes import ACCESS, open_locator
from keybound.oauth.ports import LiveLogin, Seal, Verifier
from keybound.oauth.ports_tokens import TokenStates
from keybound.oauth.referential import is_referential, open_referential


@dataclass(frozen=True)
class ShownToken:
    """An access token of a realm, unexpired as far as it says itself.

    content: the claims of a self-contained one. place, secret: of a referential one. login: when
    a person stands behind it.
    """

    name: TokenName
    login: LoginLocator | None
    content: Mapping[str, Any] | None = None
    place: TokenPlace | None = None
    secret: str = ""


@dataclass(frozen=True)
class LiveToken:
    """An access token that was not ended, and its login as it is now."""

    content: Mapping[str, Any]
    login: LiveLogin | None


@dataclass(frozen=True)
class AccessTokens:
    """Opens and judges access tokens of both formats."""

    verifier: Verifier
    seal: Seal
    states: TokenStates
    clock: Clock
    auth_base_url: str

    def shown(self, t: TenantId, r: RealmId, token: str) -> ShownToken:
        """Open an access token of any issuer of this realm. Reads no table.

        Raises ValueError for anything else, Unavailable.
        """
        if is_referential(token):
            found = open_referential(self.seal, t, r, token)
            return ShownToken(found.place.name, found.login, None, found.place, found.secret)
        content = self.verifier.verify(token, typ="at+jwt")
        _check_unexpired(content, self.clock())
        a = self._issuer(t, r, content.get("iss"))
        name = TokenName(t, r, a, str(content.get("jti", "")))
        return ShownToken(name, login_of(content, self.seal), content)

    def live(self, shown: ShownToken) -> LiveToken:
        """Return what the token says. Whether its login stands is for the caller to judge.

        Raises ValueError when it was ended, is unknown or has expired; Unavailable.
        """
        state = self.states.read(shown.name, shown.place, shown.login)
        if state.denied:
            raise ValueError("the token was ended")
        if shown.content is not None:
            return LiveToken(shown.content, state.login)
        if state.stored is None or not secret_matches(shown.secret, state.stored.secret_hash):
            raise ValueError("no such referential token")
        content = json.loads(state.stored.claims)
        _check_unexpired(content, self.clock())
        return LiveToken(content, state.login)

    def _issuer(self, t: TenantId, r: RealmId, issuer: object) -> ApplicationId:
        """The application of the realm whose issuer this is, exactly."""
        a = ApplicationId(str(issuer).rpartition("/")[2])
        if not is_uuid(a) or issuer != issuer_url(self.auth_base_url, t, r, a):
            raise ValueError("another realm's or deployment's issuer")
        return a


def key_of(content: Mapping[str, Any]) -> str:
    """Return the thumbprint of the key that a token is bound to, or an empty string."""
    confirmation = content.get("cnf")
    return str(confirmation.get("jkt", "")) if isinstance(confirmation, Mapping) else ""


def login_of(content: Mapping[str, Any], seal: Seal) -> LoginLocator | None:
    """Return where the login behind a self-contained token is; None when no person stands
    behind it. Raises ValueError for a locator that does not open, Unavailable."""
    if "locator" not in content:
        return None
    sealed, issuer = str(content["locator"]), str(content["iss"])
    return open_locator(seal, sealed, kind=ACCESS, issuer=issuer)


def _check_unexpired(content: Mapping[str, Any], now: int) -> None:
    expires = content.get("exp")
    if not isinstance(expires, int) or now >= expires:
        raise ValueError("expired")
