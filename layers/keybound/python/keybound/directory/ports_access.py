"""What the flows of groups and roles need from storage. Every read that decides is consistent."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from keybound.domain.application import ResourceServer
from keybound.domain.group import Group, Role
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned

Start = Mapping[str, str]


class Roles(Protocol):
    """Roles of the resource servers of a realm."""

    def find(self, where: RealmPath, server_id: str, role_id: str) -> Versioned[Role] | None: ...

    def of_server(self, where: RealmPath, server_id: str) -> tuple[Role, ...]:
        """Return every role of a resource server, in the order of their ids."""

    def of_realm(self, where: RealmPath) -> tuple[Role, ...]:
        """Return every role of every resource server of the realm."""

    def create(self, role: Role, server: Versioned[ResourceServer], also: Writes = ()) -> bool:
        """Store a role together with `also`; False when its id is taken, the server has changed
        or is gone, or one of `also` does not hold."""

    def replace(
        self,
        before: Versioned[Role],
        after: Role,
        server: Versioned[ResourceServer] | None = None,
    ) -> bool:
        """Store what differs; False when it was changed or removed since `before` was read, or
        the server, if given, since that was read."""

    def remove(self, before: Versioned[Role]) -> bool:
        """Remove it; True too when it is gone already. False when it was changed, or a member was
        added, since `before` was read."""

    def add_groups(self, before: Versioned[Role], group_ids: Sequence[str]) -> bool:
        """Make groups members; those that are stay so. False when the role was changed since
        `before` was read, or when role or a group is gone."""

    def remove_groups(self, role: Role, group_ids: Sequence[str]) -> bool:
        """Take groups off, whether they are members or not. False when the role is gone."""


class Groups(Protocol):
    """Groups of a realm."""

    def find(self, where: RealmPath, group_id: str) -> Versioned[Group] | None: ...

    def find_many(self, where: RealmPath, group_ids: Sequence[str]) -> list[Group]:
        """Return those that exist, in the order asked for."""

    def create(self, group: Group, also: Writes = ()) -> bool:
        """Store a group together with `also`, and count it; False when its id is taken, or one of
        `also` does not hold."""

    def replace(self, before: Versioned[Group], after: Group) -> bool:
        """Store what differs; False when it was changed or removed since `before` was read."""

    def remove(self, before: Versioned[Group]) -> bool:
        """Remove it and count it off; True too when it is gone already. False when it was changed,
        or a member or a role was added, since `before` was read."""


class Memberships(Protocol):
    """Which identities are members of groups and roles."""

    def identities(self, where: RealmPath, ids: Sequence[IdentityId]) -> list[Identity]:
        """Return those that exist, in the order asked for."""

    def add(
        self,
        seen: Versioned[Group] | Versioned[Role],
        ids: Sequence[IdentityId],
        standing: Sequence[Versioned[Role]] = (),
    ) -> bool:
        """Make identities members; those that are stay so. False when it must be judged again,
        because what membership gives may have grown since `seen` and `standing` were read: the
        role changed, a role got the group, or one of `standing` changed.

        Raises NotFound when an identity is gone, Conflict when one has too many, Unavailable."""

    def remove(self, holder: Group | Role, ids: Sequence[IdentityId]) -> None:
        """End memberships; those that were none stay none. Raises Unavailable."""

    def page(
        self, holder: Group | Role, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Identity], dict[str, str] | None]:
        """Return members in the order of their ids, and the key to go on from if there are more.
        Members that were deleted this moment are left out."""
