"""Gives tenants that were made by an earlier release the management scopes that it did not know.

No request may: the API changes neither managed resource servers nor managed applications.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from keybound.directory.optimistic import until_it_holds
from keybound.domain.application import Application, ResourceServer
from keybound.domain.errors import NotFound
from keybound.domain.ids import TenantId
from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage.applications import Applications
from keybound.storage.resource_servers import ResourceServers

from tools.cli.deployment import Deployment
from tools.cli.tenants import managed_application


@dataclass(frozen=True)
class NewScopes:
    """What a tenant's managed resource server and managed application lack, or were given."""

    tenant_id: TenantId
    resource_server: tuple[str, ...]
    application: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.resource_server or self.application)

    def as_json(self) -> dict[str, Any]:
        """As what a call added."""
        added = {
            "resource_server": list(self.resource_server),
            "application": list(self.application),
        }
        return {"changed": bool(self), "tenant_id": self.tenant_id, "added": added}


def find_lacking_scopes(deployment: Deployment, tenant_id: TenantId) -> NewScopes:
    """Return what `add_lacking_scopes` would add. Raises NotFound."""
    application = managed_application(deployment, tenant_id)
    server = _server(deployment, application).entity
    return NewScopes(tenant_id, _lacking(server.scopes), _lacking(application.allowed_scopes))


def add_lacking_scopes(deployment: Deployment, tenant_id: TenantId) -> NewScopes:
    """Add the management scopes that the tenant lacks and return those that this call added.

    Nothing is taken away, and no other application is given any. The application comes first: a run
    that breaks off in between leaves a client that may do what it could before, since what the
    resource server does not offer is in no caller's hands; the next run goes on.
    Raises NotFound, and Conflict when others change them again and again.
    """
    known = managed_application(deployment, tenant_id)
    _server(deployment, known)  # nothing is written to a tenant that is not whole
    application = until_it_holds(lambda: _extend_application(deployment, known))
    server = until_it_holds(lambda: _extend_server(deployment, known))
    return NewScopes(tenant_id, server, application)


def _extend_application(deployment: Deployment, known: Application) -> tuple[str, ...] | None:
    """Return what was added; None when somebody else was faster."""
    applications = Applications(deployment.directory, deployment.randomness)
    before = applications.find(RealmPath(known.tenant_id, known.realm_id), known.id)
    if before is None:
        raise NotFound("Application", known.id)
    added = _lacking(before.entity.allowed_scopes)
    if not added:
        return added
    scopes = _completed(before.entity.allowed_scopes)
    after = replace(before.entity, allowed_scopes=scopes, update_time=deployment.clock())
    return added if applications.replace(before, after) else None


def _extend_server(deployment: Deployment, known: Application) -> tuple[str, ...] | None:
    before = _server(deployment, known)
    added = _lacking(before.entity.scopes)
    if not added:
        return added
    scopes = _completed(before.entity.scopes)
    after = replace(before.entity, scopes=scopes, update_time=deployment.clock())
    servers = ResourceServers(deployment.directory, deployment.randomness)
    return added if servers.replace(before, after) else None


def _server(deployment: Deployment, application: Application) -> Versioned[ResourceServer]:
    where = RealmPath(application.tenant_id, application.realm_id)
    servers = ResourceServers(deployment.directory, deployment.randomness)
    server_id = application.resource_server_id or ""
    found = servers.find(where, server_id)
    if found is None or not found.entity.is_managed:
        raise NotFound("ResourceServer", server_id)
    return found


def _lacking(scopes: Sequence[str]) -> tuple[str, ...]:
    return tuple(scope for scope in MANAGEMENT_SCOPES if scope not in scopes)


def _completed(scopes: Sequence[str]) -> tuple[str, ...]:
    """A newer release may have written scopes that this one does not know: they stay."""
    return (*MANAGEMENT_SCOPES, *(scope for scope in scopes if scope not in MANAGEMENT_SCOPES))
