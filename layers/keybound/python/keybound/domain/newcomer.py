"""People whom nobody knows, and who sign up by proving an address."""

from keybound.domain.email_address import is_mailable, is_username, same_address
from keybound.domain.identity import ACTIVE, Identity
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath


def newcomer_address(address: str) -> str:
    """Return the address as a newcomer's username and primary address; nothing for one that cannot
    be both."""
    normal = same_address(address)
    return normal if is_mailable(normal) and is_username(normal) else ""


def newcomer(path: RealmPath, address: str, identity_id: IdentityId, now: int) -> Identity:
    """Return the identity that somebody gets who proves this address; nothing of it is stored yet.

    address: as `newcomer_address` returned it. now: epoch seconds.
    """
    return Identity(
        id=identity_id,
        tenant_id=path.tenant_id,
        realm_id=path.realm_id,
        display_name=address,
        status=ACTIVE,
        traits={"username": address, "primary_email_address": address},
        create_time=now,
        update_time=now,
    )
