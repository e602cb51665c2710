"""Credentials: reads, names, revocation and deletion by the management API."""

from dataclasses import dataclass, replace

from keybound.directory.ports import Credentials
from keybound.domain.clock import Clock
from keybound.domain.credential import REVOKED, Credential
from keybound.domain.errors import NotFound, Unavailable
from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId, IdentityId, is_hex_id
from keybound.domain.tenancy import RealmPath

_TRIES = 8


@dataclass(frozen=True)
class CredentialPorts:
    """What these flows work on."""

    credentials: Credentials
    clock: Clock


def not_found(credential_id: str) -> NotFound:
    """Return the one answer for unknown, malformed and foreign ids."""
    return NotFound("Credential", credential_id)


def get_credential(
    ports: CredentialPorts, path: RealmPath, identity_id: str, credential_id: str
) -> Credential:
    """Return a credential of that identity. Raises NotFound, also for another identity's."""
    return _find(ports, path, identity_id, credential_id)[0]


def revoke_credential(
    ports: CredentialPorts, path: RealmPath, identity_id: str, credential_id: str
) -> Credential:
    """Revoke a credential and return it; revoking it again changes nothing. Raises NotFound."""
    for _ in range(_TRIES):
        credential, identity = _find(ports, path, identity_id, credential_id)
        if not credential.is_active:
            return credential
        now = ports.clock()
        if ports.credentials.revoke(credential, identity, now):
            return replace(credential, state=REVOKED, update_time=now)
    raise Unavailable(detail="lost every race for the credential")


def rename_credential(
    ports: CredentialPorts,
    path: RealmPath,
    identity_id: str,
    credential_id: str,
    display_name: str | None,
) -> Credential:
    """Name a credential and return it; revoked ones too. None, or the name that it has, changes
    nothing. Raises NotFound."""
    credential, _ = _find(ports, path, identity_id, credential_id)
    if display_name is None or display_name == credential.display_name:
        return credential
    renamed = ports.credentials.rename(credential, display_name, ports.clock())
    if renamed is None:
        raise not_found(credential_id)
    return renamed


def delete_credential(
    ports: CredentialPorts, path: RealmPath, identity_id: str, credential_id: str
) -> None:
    """Remove a credential for good; what was granted from it ends as if it were revoked.

    Its WebAuthn id stays taken in the realm. Raises NotFound, also the second time.
    """
    for _ in range(_TRIES):
        credential, identity = _find(ports, path, identity_id, credential_id)
        if ports.credentials.delete(credential, identity, ports.clock()):
            return
    raise Unavailable(detail="lost every race for the credential")


def _find(
    ports: CredentialPorts, path: RealmPath, identity_id: str, credential_id: str
) -> tuple[Credential, Identity]:
    found = None
    if is_hex_id(identity_id) and is_hex_id(credential_id):
        found = ports.credentials.find(path, IdentityId(identity_id), CredentialId(credential_id))
    if found is None:
        raise not_found(credential_id)
    return found
