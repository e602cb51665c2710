"""What the room `tenants` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.directory.tenants import TenantRegistry
from keybound.edge.api_auth import ManagementAuth
from keybound.storage.tenants import Tenants

from functions import composition
from functions.token_judges import management_auth


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    registry: TenantRegistry


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    tenants = Tenants(composition.directory(), composition.randomness)
    return Ports(management_auth(), TenantRegistry(tenants, composition.clock))
