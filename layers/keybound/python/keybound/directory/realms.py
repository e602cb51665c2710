"""Realms: create, read, list, change, delete."""

from dataclasses import dataclass, replace
from typing import TypedDict

from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_configuration import Realms
from keybound.directory.ports_tenancy import RealmRemoval, RevisedRealms
from keybound.domain.clock import Clock
from keybound.domain.errors import Conflict, NotFound, Unavailable
from keybound.domain.ids import RealmId, TenantId, is_hex_id, new_hex_id
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, RealmPath
from keybound.domain.versioned import Precondition, Versioned, unconditional


class RealmSettings(TypedDict, total=False):
    """What a caller may set, under the names of `Realm`; absent means unchanged."""

    display_name: str
    classification: str


@dataclass(frozen=True)
class RealmRegistry:
    """The realms of every tenant."""

    realms: RevisedRealms
    removal: RealmRemoval
    clock: Clock
    randomness: Randomness

    def create(
        self,
        tenant_id: TenantId,
        display_name: str,
        classification: str,
        receipt: Receipt[Realm] = no_receipt,
    ) -> Realm:
        """Store a new realm. Raises Unavailable."""
        now = self.clock()
        realm_id = RealmId(new_hex_id(self.randomness))
        realm = Realm(realm_id, tenant_id, display_name, now, now, classification)
        if not self.realms.create(realm, receipt(realm)):
            raise Unavailable(detail="realm id or idempotency key taken")
        return realm

    def get(self, tenant_id: TenantId, realm_id: str) -> Versioned[Realm]:
        """Return a realm. Raises NotFound, for malformed ids too."""
        known = is_hex_id(realm_id)
        found = self.realms.read(tenant_id, RealmId(realm_id)) if known else None
        if found is None:
            raise NotFound("Realm", realm_id)
        return found

    def list(self, tenant_id: TenantId) -> tuple[Realm, ...]:
        """Return every realm of a tenant, in the order of their ids."""
        return self.realms.all(tenant_id)

    def update(
        self,
        tenant_id: TenantId,
        realm_id: str,
        settings: RealmSettings,
        precondition: Precondition[Realm] = unconditional,
    ) -> Versioned[Realm]:
        """Change what `settings` names and return the whole. Raises NotFound,
        PreconditionFailed, Conflict (changed again and again)."""

        def attempt() -> Versioned[Realm] | None:
            before = self.get(tenant_id, realm_id)
            precondition(before)
            after = replace(before.entity, **settings)
            if after == before.entity:
                return before
            after = replace(after, update_time=self.clock())
            return before.changed_to(after) if self.realms.replace(before, after) else None

        return until_it_holds(attempt)

    def delete(
        self,
        tenant_id: TenantId,
        realm_id: str,
        precondition: Precondition[Realm] = unconditional,
    ) -> None:
        """Remove a realm with its applications, configs, resource servers and theme; they work no
        more from then on. What is stored of them is cleared away afterwards, also by a repeated
        call, which then says NotFound like any call on a realm that is gone.

        Raises NotFound, PreconditionFailed, Conflict (the admin realm; identities, groups or
        roles are in it)."""

        def attempt() -> bool | None:
            before = self.get(tenant_id, realm_id)
            precondition(before)
            if before.entity.is_admin:
                raise Conflict("the admin realm cannot be deleted")
            return self.removal.remove(before) or None

        where = RealmPath(tenant_id, RealmId(realm_id))
        try:
            until_it_holds(attempt)
        except NotFound:
            if is_hex_id(realm_id):
                self.removal.clear(where)
            raise
        self.removal.clear(where)


def check_realm(realms: Realms, where: RealmPath) -> None:
    """Raise NotFound unless the realm exists: what every collection in it asks first."""
    if realms.find(where.tenant_id, where.realm_id) is None:
        raise NotFound("Realm", where.realm_id)
