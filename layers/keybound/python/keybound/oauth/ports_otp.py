"""What one-time passwords need from outside."""

from typing import Protocol

from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.mail import Sending
from keybound.domain.one_time_password import OneTimePassword
from keybound.domain.tenancy import RealmPath


class Passwords(Protocol):
    """The codes of authorization requests: one item each, whoever is behind the address."""

    def ask(self, password: OneTimePassword) -> bool:
        """Store a first code, or a newer one that voids the one before; tries and mails go on
        counting. False when that is too soon, or too often."""

    def find(self, challenge_hash: str) -> OneTimePassword | None: ...

    def address_to(
        self, password: OneTimePassword, identity_id: IdentityId | None, recipient: str
    ) -> bool:
        """Note whom this code is mailed to, None for a newcomer; False when a newer one was asked
        for. Repeating it changes nothing."""

    def take_try(self, challenge_hash: str, session_hash: str, now: int) -> OneTimePassword | None:
        """Count one try and return the code's item; None when there is no code, its time or its
        tries are over, or the session is another one. Of any number of callers no more than
        MAX_TRIES ever get it."""


class Dispatch(Protocol):
    def __call__(self, password: OneTimePassword) -> None:
        """Have the mail seen to, soon and elsewhere. Raises Unavailable."""


class RecipientLimit(Protocol):
    def admit_recipient(self, path: RealmPath, address: str, now: int) -> None:
        """Count one mail to the address. Raises TooManyRequests."""


class RealmLimit(Protocol):
    def admit_realm(self, path: RealmPath, now: int) -> None:
        """Count one mail of the realm. Raises TooManyRequests."""


class AddressOwners(Protocol):
    """Who signs in by an address."""

    def find(self, path: RealmPath, address: str) -> Identity | None:
        """Return the active identity that proved the address; if nobody has, the only identity
        whose primary address it is. None for nobody, several, and whoever is suspended."""

    def knows(self, path: RealmPath, address: str) -> bool:
        """Whether any identity has the address, or goes by it as its username, whatever its
        status."""

    def get(self, path: RealmPath, identity_id: IdentityId) -> Identity | None:
        """Return an identity as it is now, read consistently."""

    def prove(self, identity: Identity, address: str) -> Identity | None:
        """Return the identity with the address proven; None when it is not its address any more,
        it is not active, or somebody else has proven the address."""


class Newcomers(Protocol):
    """Identities of people whom nobody knew."""

    def draft(self, path: RealmPath, address: str, now: int) -> Identity:
        """Return the identity that somebody would get; nothing is stored."""

    def admit(self, draft: Identity, since: int) -> Identity | None:
        """Store it, on the conditions of every creation: of any number of callers for one address
        at once all get the same identity. None when somebody had the username before `since`
        (epoch seconds), or a subject of it was another's. Raises NotFound for a realm that is
        gone, Unavailable."""


class CodeMailer(Protocol):
    def send(self, password: OneTimePassword, identity: Identity, code: str) -> Sending:
        """Send the code to the identity's own address. Raises Unavailable when the mail cannot be
        written; never raises for what the mail service does."""
