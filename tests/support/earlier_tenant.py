"""Tenants as an earlier release left them: without the management scopes that came since."""

from typing import Any

from keybound.domain.management_scopes import MANAGEMENT_SCOPES
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.applications import Applications
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.table import Table

from tools.cli.management_client import ManagementClient

LATER = ("authenticators:add", "tokens:introspect")
EARLIER = tuple(scope for scope in MANAGEMENT_SCOPES if scope not in LATER)


def make_earlier(directory: Table, client: ManagementClient, *, application: bool = True) -> None:
    """Take the later scopes from a tenant, as if it had been made before; no revision rises.

    application: from the managed application too, else from the resource server alone.
    """
    where = client.tenant_id, client.admin_realm_id
    items = [(keys.resource_server(*where, client.resource_server_id), "scopes")]
    if application:
        items.append((keys.application(*where, client.application_id), "allowed_scopes"))
    for key, attribute in items:
        directory.update(key, f"SET {attribute} = :kept", values={":kept": list(EARLIER)})


def scopes_of(directory: Table, client: ManagementClient) -> tuple[tuple[str, ...], ...]:
    """Return what a tenant's managed resource server and managed application have."""
    where = RealmPath(client.tenant_id, client.admin_realm_id)
    server = ResourceServers(directory, _unused).find(where, client.resource_server_id)
    application = Applications(directory, _unused).find(where, client.application_id)
    assert server and application
    return server.entity.scopes, application.entity.allowed_scopes


def _unused(_: int) -> Any:
    raise AssertionError("reading draws no random numbers")
