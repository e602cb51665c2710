"""What the directory's flows need from storage. Every read is consistent."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId, IdentityId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath

Start = Mapping[str, str]


class SubjectWasAnothers(Exception):
    """A username or an e-mail address that is wanted was another identity's before."""


class Identities(Protocol):
    """Identities of all realms, and the claims on their usernames."""

    def find(self, path: RealmPath, identity_id: IdentityId) -> Identity | None: ...

    def find_many(
        self, path: RealmPath, identity_ids: Sequence[IdentityId]
    ) -> Sequence[Identity | None]:
        """Return identities in the order asked for."""

    def create(self, identity: Identity, also: Writes = (), reused: Collection[str] = ()) -> None:
        """Store identity, claim, count and `also` together. Of any number of callers who want one
        username exactly one returns; the others get Conflict, and NotFound in a realm that is
        gone.

        Raises SubjectWasAnothers for a username or e-mail address that another identity has left,
        unless its kind is in `reused`.
        """

    def replace(self, before: Identity, after: Identity, reused: Collection[str] = ()) -> bool:
        """Change what management may change, if the stored revision is still `before`'s; a new
        username moves the claim with it. False when it lost to another change.

        Raises Conflict when the new username is taken, SubjectWasAnothers as `create` does.
        """

    def delete(self, identity: Identity) -> bool:
        """Remove identity and claim, and count down, if the stored revision is still this one's.
        Exactly one of many callers gets True."""

    def delete_together(self, identities: Sequence[Identity]) -> bool:
        """Remove up to 16 of one realm, all or none: False when one of them has changed."""


class SubjectFields(Protocol):
    """What the applications of a realm know people by."""

    def in_use(self, path: RealmPath) -> Collection[str]:
        """Return the values of `subject_field` that some application has."""


class IdentityRemains(Protocol):
    """Jobs and credentials of an identity that is gone."""

    def remove(self, path: RealmPath, identity_id: IdentityId) -> bool:
        """Remove a bounded number; True when none is left. May be called again at any time."""


class Credentials(Protocol):
    """Credentials of all realms."""

    def find(
        self, path: RealmPath, identity_id: IdentityId, credential_id: CredentialId
    ) -> tuple[Credential, Identity] | None:
        """Return the credential with its owner; None unless both exist and belong together."""

    def revoke(self, credential: Credential, identity: Identity, now: int) -> bool:
        """Revoke it and take it off the identity's list, if the identity's epoch is still the one
        that was read. False when something changed in between; True exactly once."""

    def rename(self, credential: Credential, display_name: str, now: int) -> Credential | None:
        """Change its name and return it as it is then; None when it is gone. The last one wins."""

    def delete(self, credential: Credential, identity: Identity, now: int) -> bool:
        """Take it off all lists and keep its WebAuthn id taken, if its state and the identity's
        epoch are still what was read. False when something changed in between; True exactly
        once."""
