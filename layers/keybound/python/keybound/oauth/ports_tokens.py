"""What reading, keeping and ending single access tokens needs from outside.

Each port says what happens the second time.
"""

from dataclasses import dataclass
from typing import Protocol

from keybound.domain.access_token import ReferentialToken, TokenName, TokenPlace
from keybound.domain.login import LoginLocator
from keybound.oauth.ports import LiveLogin


@dataclass(frozen=True)
class TokenState:
    """A token as the tables know it now. stored: of a referential one, None when it is gone.
    login: with who stands behind it, None when no person does."""

    denied: bool
    stored: ReferentialToken | None = None
    login: LiveLogin | None = None


class TokenStates(Protocol):
    """Reads all that decides about one access token, in one consistent batch."""

    def read(
        self, name: TokenName, place: TokenPlace | None, login: LoginLocator | None
    ) -> TokenState:
        """place: of a referential token. login: when a person stands behind it."""


class ReferentialTokenKeeper(Protocol):
    """Keeps referential tokens."""

    def keep(self, token: ReferentialToken) -> ReferentialToken:
        """Store the token and return it; when its `jti` is stored already, return that one and
        change nothing."""


class TokenDenier(Protocol):
    """Ends single access tokens before their time."""

    def deny(self, name: TokenName, *, now: int, until: int) -> bool:
        """Refuse the token until then, which is when it ends anyway. False when it already was."""
