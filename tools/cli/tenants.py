"""Tenants, each with its admin realm, managed resource server and managed application."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from keybound.domain.application import Application
from keybound.domain.errors import Conflict, NotFound, Unavailable
from keybound.domain.ids import TenantId, is_hex_id, new_hex_id, new_uuid
from keybound.domain.secrets import hash_secret, new_secret
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.applications import Applications
from keybound.storage.contention import Contention
from keybound.storage.realms import Realms
from keybound.storage.table import TransactionFailed

from tools.cli.deployment import Deployment
from tools.cli.management_client import ABSENT, ManagementClient, client_of, tenant_writes

_SECRET_BYTES = 48
_TRIES = 5
_Result = TypeVar("_Result")


def create_tenant(
    deployment: Deployment, display_name: str, tenant_id: TenantId | None = None
) -> ManagementClient:
    """Make a tenant with its admin realm, managed resource server and managed application.

    All four or none are written. With the id of a tenant that exists, nothing is changed and its
    client is returned without a secret.
    """
    tenant_id = tenant_id or TenantId(new_hex_id(deployment.randomness))
    made = _make_tenant(deployment, tenant_id, display_name)
    return made or find_tenant(deployment, tenant_id)


def create_first_tenant(deployment: Deployment, display_name: str) -> ManagementClient:
    """Make the deployment's first tenant, as `create_tenant` does; of any number of callers, now or
    later, exactly one makes it and learns its secret."""
    tenant_id = find_first_tenant_id(deployment)
    if tenant_id is None:
        chosen = TenantId(new_hex_id(deployment.randomness))
        marker = {**keys.first_tenant()._asdict(), "tenant_id": chosen}
        also = [deployment.directory.put_write(marker, ABSENT)]
        if made := _make_tenant(deployment, chosen, display_name, also):
            return made
        tenant_id = find_first_tenant_id(deployment)
    if tenant_id is None:
        raise Unavailable(detail="the first tenant was neither made nor found")
    return find_tenant(deployment, tenant_id)


def find_first_tenant_id(deployment: Deployment) -> TenantId | None:
    marker = deployment.directory.get(keys.first_tenant())
    return TenantId(str(marker["tenant_id"])) if marker else None


def find_tenant(deployment: Deployment, tenant_id: TenantId) -> ManagementClient:
    """Return a tenant's management client, without its secret. Raises NotFound."""
    return client_of(deployment, managed_application(deployment, tenant_id), None)


def managed_application(deployment: Deployment, t: TenantId) -> Application:
    """Return the application by which a tenant is managed. Raises NotFound."""
    realms = Realms(deployment.directory, deployment.randomness).all(t) if is_hex_id(t) else ()
    for realm in realms:
        if realm.is_admin:
            where = RealmPath(t, realm.id)
            for each in Applications(deployment.directory, deployment.randomness).all(where):
                if each.is_managed:
                    return each
    raise NotFound("Tenant", t)


def renew_client_secret(deployment: Deployment, tenant_id: TenantId) -> ManagementClient:
    """Give a tenant's management client a new secret; the old one ends with the rooms' caches.

    Raises NotFound, and Conflict when the application is changed by others again and again.
    """
    applications = Applications(deployment.directory, deployment.randomness)
    secret = new_secret(deployment.randomness, _SECRET_BYTES)
    known = managed_application(deployment, tenant_id)
    where = RealmPath(tenant_id, known.realm_id)
    for _ in range(_TRIES):
        before = applications.find(where, known.id)
        if before is None:
            raise NotFound("Application", known.id)
        after = replace(
            before.entity,
            client_secret_hash=hash_secret(secret),
            previous_secret_hash="",
            previous_secret_expires_at=0,
            update_time=deployment.clock(),
        )
        if applications.replace(before, after):
            return client_of(deployment, after, secret)
    raise Conflict("the application is being changed by others: try again")


def contended(deployment: Deployment, write: Callable[[], _Result]) -> _Result:
    """Return what `write` returns, tried again while other transactions hold its items."""
    return Contention(deployment.randomness).retry(write)


def _make_tenant(
    deployment: Deployment,
    tenant_id: TenantId,
    display_name: str,
    also: Sequence[dict[str, Any]] = (),
) -> ManagementClient | None:
    """Write the tenant together with `also`; None when any of it was there already."""
    secret = new_secret(deployment.randomness, _SECRET_BYTES)
    writes, client = tenant_writes(deployment, tenant_id, display_name, secret)
    try:
        contended(
            deployment,
            lambda: deployment.directory.transact(
                [*also, *writes], new_uuid(deployment.randomness)
            ),
        )
    except TransactionFailed:
        return None
    return client
