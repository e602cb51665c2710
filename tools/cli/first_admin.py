"""The first administrator: an identity of a tenant's admin realm, and the link that binds it.

A marker beside the tenant, written with the identity in one transaction, lets exactly one caller
make it. The marker stays when the identity is deleted, so a bootstrap that is run again (by a
pipeline, say) makes no second administrator.
"""

from dataclasses import dataclass

from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.clock import rfc3339
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.identity import ACTIVE, Identity
from keybound.domain.ids import IdentityId, TenantId, new_hex_id, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.contention import Contention
from keybound.storage.identities import USERNAME_TAKEN, Identities
from keybound.storage.table import TransactionFailed

from tools.cli.admin_binding import (
    Invocation,
    check_form,
    choose_config,
    make_link,
    revoke_links,
)
from tools.cli.deployment import Deployment
from tools.cli.management_client import ABSENT, ManagementClient
from tools.cli.tenants import contended, find_tenant


@dataclass(frozen=True)
class FirstAdmin:
    """link: a binding link, secret, only for whoever made it; expires says until when it works.
    passkeys: how many are bound; None when the identity was deleted."""

    identity_id: IdentityId
    username: str
    passkeys: int | None = 0
    link: str | None = None
    expires: str = ""


def create_first_admin(
    deployment: Deployment, client: ManagementClient, username: str, invocation: Invocation
) -> FirstAdmin:
    """Make the administrator with a link, or return the one that was made before, without.

    Raises BadRequest when nobody could bind there, and Conflict when somebody else holds the
    username; nothing is written then.
    """
    path = RealmPath(client.tenant_id, client.admin_realm_id)
    check_form(invocation)
    if known := find_first_admin(deployment, client):
        return known
    identity = _new_identity(deployment, path, username)
    if _create(deployment, identity):
        return _with_link(deployment, identity, choose_config(deployment, path, invocation))
    found = find_first_admin(deployment, client)
    if found is None:
        raise Conflict(USERNAME_TAKEN)
    return found


def find_first_admin(deployment: Deployment, client: ManagementClient) -> FirstAdmin | None:
    """Return what bootstrap made, without a link; None when it made no administrator."""
    marker = deployment.directory.get(keys.first_admin(client.tenant_id))
    if marker is None:
        return None
    identity_id = IdentityId(str(marker["identity_id"]))
    path = RealmPath(client.tenant_id, client.admin_realm_id)
    identity = _identities(deployment).find(path, identity_id)
    if identity is None:
        return FirstAdmin(identity_id, str(marker["username"]), passkeys=None)
    return FirstAdmin(identity_id, identity.username, len(identity.passkeys))


def new_admin_link(
    deployment: Deployment, tenant_id: TenantId, invocation: Invocation | None = None
) -> FirstAdmin:
    """Revoke every open link of the administrator and return a new one.

    invocation: may be left out when the admin realm has exactly one authenticator config. Raises
    NotFound (tenant, administrator), BadRequest, Conflict (administrator suspended).
    """
    client = find_tenant(deployment, tenant_id)
    path = RealmPath(client.tenant_id, client.admin_realm_id)
    known = find_first_admin(deployment, client)
    identity = _identities(deployment).find(path, known.identity_id) if known else None
    if identity is None:
        raise NotFound("Administrator", known.identity_id if known else "")
    if invocation is not None:
        check_form(invocation)
    config = choose_config(deployment, path, invocation)
    revoke_links(deployment, identity)
    return _with_link(deployment, identity, config)


def _create(deployment: Deployment, identity: Identity) -> bool:
    """Write marker and identity together; False when either, or the username, exists."""
    marker = {
        **keys.first_admin(identity.tenant_id)._asdict(),
        "identity_id": identity.id,
        "username": identity.username,
    }
    directory, attempt = deployment.directory, new_uuid(deployment.randomness)

    def write() -> None:
        creation = _identities(deployment).creation(identity, attempt)
        directory.transact(
            [directory.put_write(marker, ABSENT), *creation], new_uuid(deployment.randomness)
        )

    try:
        contended(deployment, write)
    except TransactionFailed:
        return False
    return True


def _new_identity(deployment: Deployment, path: RealmPath, username: str) -> Identity:
    now = deployment.clock()
    return Identity(
        id=IdentityId(new_hex_id(deployment.randomness)),
        tenant_id=path.tenant_id,
        realm_id=path.realm_id,
        display_name="Administrator",
        status=ACTIVE,
        traits={"username": username},
        create_time=now,
        update_time=now,
    )


def _with_link(
    deployment: Deployment, identity: Identity, config: AuthenticatorConfig
) -> FirstAdmin:
    job, link = make_link(deployment, identity, config)
    expires = rfc3339(job.expire_time)
    return FirstAdmin(identity.id, identity.username, len(identity.passkeys), link, expires)


def _identities(deployment: Deployment) -> Identities:
    return Identities(deployment.directory, Contention(deployment.randomness))
