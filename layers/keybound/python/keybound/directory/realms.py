"""Realms: create, read, list."""

from dataclasses import dataclass

from keybound.directory.ports_configuration import Realms
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound, Unavailable
from keybound.domain.ids import RealmId, TenantId, is_hex_id, new_hex_id
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, RealmPath


@dataclass(frozen=True)
class RealmRegistry:
    """The realms of every tenant."""

    realms: Realms
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

    def get(self, tenant_id: TenantId, realm_id: str) -> Realm:
        """Return a realm. Raises NotFound, for malformed ids too."""
        known = is_hex_id(realm_id)
        realm = self.realms.find(tenant_id, RealmId(realm_id)) if known else None
        if realm is None:
            raise NotFound("Realm", realm_id)
        return realm

    def list(self, tenant_id: TenantId) -> tuple[Realm, ...]:
        """Return every realm of a tenant, in the order of their ids."""
        return self.realms.all(tenant_id)


def check_realm(realms: Realms, where: RealmPath) -> None:
    """Raise NotFound unless the realm exists: what every collection in it asks first."""
    if realms.find(where.tenant_id, where.realm_id) is None:
        raise NotFound("Realm", where.realm_id)
