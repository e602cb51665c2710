"""Tenants: read and rename. They are made by an operator, and never removed."""

from dataclasses import dataclass, replace

from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_tenancy import Tenants
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound
from keybound.domain.ids import TenantId
from keybound.domain.tenancy import Tenant
from keybound.domain.versioned import Precondition, Versioned, unconditional


@dataclass(frozen=True)
class TenantRegistry:
    """The tenants of a deployment."""

    tenants: Tenants
    clock: Clock

    def get(self, tenant_id: TenantId) -> Versioned[Tenant]:
        """Return a tenant. Raises NotFound."""
        found = self.tenants.find(tenant_id)
        if found is None:
            raise NotFound("Tenant", tenant_id)
        return found

    def update(
        self,
        tenant_id: TenantId,
        display_name: str | None,
        precondition: Precondition[Tenant] = unconditional,
    ) -> Versioned[Tenant]:
        """Rename a tenant, unless the name is None, and return the whole. Raises NotFound,
        PreconditionFailed, Conflict (changed again and again)."""

        def attempt() -> Versioned[Tenant] | None:
            before = self.get(tenant_id)
            precondition(before)
            if display_name is None or display_name == before.entity.display_name:
                return before
            after = replace(before.entity, display_name=display_name, update_time=self.clock())
            return before.changed_to(after) if self.tenants.replace(before, after) else None

        return until_it_holds(attempt)
