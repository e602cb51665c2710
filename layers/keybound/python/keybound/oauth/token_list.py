"""The tokens of one principal of an application, listed and ended by whoever manages them.

A login shows as its current self-contained access token and as its refresh token; the id of the
latter is the login's own. Ending an access token ends it alone; ending a refresh token, its login.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from keybound.domain.access_token import (
    LONGEST_TOKEN_S,
    ReferentialToken,
    TokenName,
    is_jti,
)
from keybound.domain.application import REFERENTIAL, SELF_CONTAINED, Application
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import IdentityId
from keybound.domain.login import Login
from keybound.oauth.ports_tokens import TokenDenier

ACCESS = "access"
REFRESH = "refresh"
_LOGIN_ID_CHARACTERS = 43


@dataclass(frozen=True)
class TokenEntry:
    """One token. id: the `jti` of an access token, or the login's id. Times are epoch seconds.

    token_suffix: the last characters of an opaque access token; empty where nothing is kept of it.
    """

    id: str
    display_name: str
    scopes: tuple[str, ...]
    token_suffix: str
    token_format: str
    token_type: str
    expires: int
    issued_at: int


@dataclass(frozen=True)
class Kept:
    """What the table keeps of a principal's tokens, ended ones among them. denied: each `jti` on
    the denylist."""

    logins: tuple[Login, ...] = ()
    referential: tuple[ReferentialToken, ...] = ()
    denied: frozenset[str] = frozenset()


class TokenShelf(Protocol):
    """Reads consistently what is kept of the tokens that a principal has."""

    def of_identity(self, application: Application, identity_id: IdentityId, now: int) -> Kept: ...

    def of_client(self, application: Application, now: int) -> Kept: ...


class LoginEnder(Protocol):
    """Ends logins by their ids."""

    def end(self, application: Application, login_id: str, now: int) -> bool:
        """Revoke this application's login; False when it has none that stands by that id."""


@dataclass(frozen=True)
class TokenList:
    """Lists and ends tokens. Raises Unavailable."""

    shelf: TokenShelf
    denier: TokenDenier
    logins: LoginEnder
    clock: Clock

    def of_identity(
        self, application: Application, identity_id: IdentityId
    ) -> tuple[TokenEntry, ...]:
        """Return an identity's live tokens for this application, in the order of their ids."""
        now = self.clock()
        return _entries(application, self.shelf.of_identity(application, identity_id, now), now)

    def of_client(self, application: Application) -> tuple[TokenEntry, ...]:
        """Return what is kept of the tokens that the application asked for as itself."""
        now = self.clock()
        return _entries(application, self.shelf.of_client(application, now), now)

    def end(self, application: Application, token_id: str) -> None:
        """End one token of this application. Raises NotFound, also when it has ended already.

        A `jti` that nobody issued is refused from now on as well: self-contained tokens are kept
        nowhere, so none can be told from one that was never made. An entry lasts a day at most.
        """
        now, a = self.clock(), application
        if is_jti(token_id):
            name = TokenName(a.tenant_id, a.realm_id, a.id, token_id)
            ended = self.denier.deny(name, now=now, until=now + LONGEST_TOKEN_S)
        else:
            known = len(token_id) == _LOGIN_ID_CHARACTERS and token_id.isascii()
            ended = known and self.logins.end(application, token_id, now)
        if not ended:
            raise NotFound("Token", token_id)


def _entries(application: Application, kept: Kept, now: int) -> tuple[TokenEntry, ...]:
    found = [entry for login in kept.logins for entry in _of_login(application, login)]
    found += [_of_referential(application, token) for token in kept.referential]
    live = (entry for entry in found if now < entry.expires and entry.id not in kept.denied)
    return tuple(sorted(live, key=lambda entry: entry.id))


def _of_login(application: Application, login: Login) -> Iterator[TokenEntry]:
    if login.revoked_at or not login.used_at:
        return
    family, scopes = login.family, tuple(login.scope.split(" "))
    rotated = family is not None and family.rotation_id != ""
    issued_at = family.rotated_at if family is not None and rotated else login.used_at
    jti = family.rotation_id if family is not None and rotated else login.burn_id
    name, expires = application.display_name, login.access_expires_at
    if expires:
        yield TokenEntry(jti, name, scopes, "", SELF_CONTAINED, ACCESS, expires, issued_at)
    if family is not None:
        ends = min(family.token_expires_at, family.expires_at)
        login_id = login.challenge_hash
        yield TokenEntry(login_id, name, scopes, "", REFERENTIAL, REFRESH, ends, issued_at)


def _of_referential(application: Application, token: ReferentialToken) -> TokenEntry:
    return TokenEntry(
        token.jti,
        application.display_name,
        tuple(token.scope.split(" ")) if token.scope else (),
        token.token_suffix,
        REFERENTIAL,
        ACCESS,
        token.expires_at,
        token.issued_at,
    )
