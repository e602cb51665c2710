"""What the flows of tenants, realms and themes need from storage. Every read is consistent."""

from typing import Protocol

from keybound.domain.ids import RealmId, TenantId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import Realm, RealmPath, Tenant
from keybound.domain.theme import Theme
from keybound.domain.versioned import Versioned


class Tenants(Protocol):
    """The customers of a deployment."""

    def find(self, tenant_id: TenantId) -> Versioned[Tenant] | None: ...

    def replace(self, before: Versioned[Tenant], after: Tenant) -> bool:
        """Store `after`; False when it was changed since `before` was read."""


class RevisedRealms(Protocol):
    """Realms of a tenant, with their revisions."""

    def create(self, realm: Realm, also: Writes = ()) -> bool:
        """Store a realm and `also`; False when its id is taken or one of `also` fails."""

    def read(self, tenant_id: TenantId, realm_id: RealmId) -> Versioned[Realm] | None: ...

    def replace(self, before: Versioned[Realm], after: Realm) -> bool:
        """Store `after`; False when it was changed or removed since `before` was read."""

    def all(self, tenant_id: TenantId) -> tuple[Realm, ...]:
        """Return every realm of the tenant, in the order of their ids."""


class RealmRemoval(Protocol):
    """The end of a realm."""

    def remove(self, before: Versioned[Realm]) -> bool:
        """Remove a realm that holds no identity, group or role, and let nothing be made in it any
        more: all or nothing. False when it changed, or was referred to, since `before` was read.

        Raises Conflict while it has such children.
        """

    def clear(self, where: RealmPath) -> bool:
        """Remove what a realm that is gone has left; True when nothing is left."""


class Themes(Protocol):
    """Themes, one of each realm."""

    def find(self, where: RealmPath) -> Versioned[Theme] | None: ...

    def create(self, theme: Theme, also: Writes = ()) -> bool:
        """Store a theme and `also`; False when the realm has one or is gone, or one of `also`
        fails."""

    def replace(self, before: Versioned[Theme], after: Theme) -> bool:
        """Store `after`; False when it was changed since `before` was read."""
