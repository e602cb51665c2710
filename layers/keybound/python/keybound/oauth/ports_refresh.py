"""What refreshing, revoking and introspecting need from outside.

Each port says what happens the second time.
"""

from dataclasses import dataclass
from typing import Protocol

from keybound.domain.application import Application
from keybound.domain.ids import RealmId, TenantId
from keybound.domain.login import Login, LoginLocator


class SecretDeriver(Protocol):
    """Derives secrets that can be said again, so that none is stored."""

    def current_kid(self) -> str: ...

    def derive(self, item_id: str, version: int, nonce: str, kid: str) -> str: ...


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token that was opened: which login, which generation, what it may be used for."""

    locator: LoginLocator
    generation: int
    scope: str
    secret: str
    resource: tuple[str, ...] = ()


@dataclass(frozen=True)
class Successor:
    """What is stored of a new refresh token. nonce, derive_kid: its secret is derived from them."""

    refresh_hash: str
    nonce: str
    derive_kid: str
    sealed: str
    expires_at: int


@dataclass(frozen=True)
class Rotation:
    """What a token request shows for a refresh token, what shall replace it, and this attempt.

    jkt: thumbprint of the key that the request proved, if any. binds: whether the family is that
    key's from now on (RFC 9449 §5: public clients).
    """

    shown: RefreshToken
    client_id: str
    params_hash: str
    successor: Successor
    rotation_id: str
    now: int
    ttl: int
    jkt: str = ""
    binds: bool = False
    access_expires_at: int = 0


@dataclass(frozen=True)
class Rotated:
    """Whether the rotation applied, and the login as it is then; None when there is none."""

    applied: bool
    login: Login | None


class RefreshFamilies(Protocol):
    """Rotates refresh tokens."""

    def rotate(self, rotation: Rotation) -> Rotated:
        """Put the successor in the place of the token that was shown, if that is the current one,
        unexpired, this client's, of this key if the family has one, and not revoked.

        Of any number of callers exactly one gets `applied`; the same attempt repeated gets it too.
        """

    def revoke_replayed(self, rotation: Rotation) -> None:
        """Revoke the login if the token that was shown has been replaced, for longer than the
        grace or more than once. Repeating it changes nothing."""

    def extend_grace(self, locator: LoginLocator, rotation_id: str, until: int) -> None:
        """Let the replaced token ask for the same answer until then, if this rotation was the
        last one; else nothing. Repeating it changes nothing."""


class LoginRevoker(Protocol):
    """Ends logins at their client's wish. Repeating it, or a wrong token, changes nothing."""

    def revoke_by_refresh_token(self, shown: RefreshToken, client_id: str, now: int) -> None:
        """Revoke the login if this client's token is, or was, one of its family."""

    def revoke_by_sid(self, locator: LoginLocator, sid: str, client_id: str, now: int) -> None:
        """Revoke this client's login of that `sid`."""


class Clients(Protocol):
    """Finds a realm's clients by their `client_id`, from cached configuration."""

    def find_client(self, t: TenantId, r: RealmId, client_id: str) -> Application | None: ...
