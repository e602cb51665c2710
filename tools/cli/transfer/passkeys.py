"""The transaction that puts a passkey of an export under its identity: what a completed binding
writes, without a job (docs/adr/0021-one-transaction-spends-a-link.md)."""

from typing import Any

from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import MAX_ACTIVE_PASSKEYS, PasskeyReference
from keybound.domain.ids import new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.binding_completion import credential_item, pointer_item
from keybound.storage.codec import Item, encode
from keybound.storage.contention import Contention
from keybound.storage.realm_counts import CREDENTIALS, count_write
from keybound.storage.table import TransactionFailed

from tools.cli.deployment import Deployment

_ABSENT = "attribute_not_exists(pk)"
_IDENTITY = 2


class NoPlace(Exception):
    """The passkey has no place here; the message says why."""


def put_passkey(deployment: Deployment, credential: Credential) -> bool:
    """Return whether it was written; False when this passkey was there. Raises NoPlace."""
    attempt = new_uuid(deployment.randomness)
    if (stored := _stored(deployment, credential)) is not None:
        return _same(stored, credential)
    contention = Contention(deployment.randomness)
    shard = contention.draw(keys.COUNT_SHARDS)
    path = RealmPath(credential.tenant_id, credential.realm_id)
    table = deployment.directory
    writes = [
        table.put_write(credential_item(credential, path, attempt), _ABSENT),
        table.put_write(pointer_item(credential, attempt), _ABSENT),
        _identity_write(deployment, credential),
        count_write(table, path, CREDENTIALS, shard, 1),
    ]
    try:
        contention.retry(lambda: table.transact(writes, attempt))
    except TransactionFailed as refusal:
        if (stored := _stored(deployment, credential)) is not None:
            return stored.get("put_id") == attempt or _same(stored, credential)
        if refusal.reasons[_IDENTITY] != "None":
            raise NoPlace("its identity is not here, or has 32 passkeys") from refusal
        raise NoPlace("its id is another credential's") from refusal
    return True


def _stored(deployment: Deployment, credential: Credential) -> Item | None:
    hashed = credential_hash(from_b64url(credential.credential_id))
    key = keys.credential(credential.tenant_id, credential.realm_id, hashed)
    return deployment.directory.get(key)


def _same(stored: Item, credential: Credential) -> bool:
    """Raises NoPlace when the WebAuthn id is another passkey's. One that was deleted stays so."""
    mine = (credential.id, credential.identity_id)
    if (stored["id"], stored["identity_id"]) != mine:
        raise NoPlace("the realm knows its WebAuthn id as another credential")
    if stored.get("public_key", credential.public_key) != credential.public_key:
        raise NoPlace("it is there with another public key")
    return False


def _identity_write(deployment: Deployment, credential: Credential) -> dict[str, Any]:
    key = keys.identity(credential.tenant_id, credential.realm_id, credential.identity_id)
    values: dict[str, Any] = {":one": 1}
    if not credential.is_active:
        return deployment.directory.update_write(
            key, "ADD credential_count :one", "attribute_exists(pk)", values=values
        )
    added = PasskeyReference(credential.id, credential.credential_id, credential.transports)
    values |= {":none": [], ":added": [encode(added)], ":most": MAX_ACTIVE_PASSKEYS}
    return deployment.directory.update_write(
        key,
        "SET passkeys = list_append(if_not_exists(passkeys, :none), :added) "
        "ADD credential_epoch :one, credential_count :one",
        "attribute_exists(pk) AND (attribute_not_exists(passkeys) OR size(passkeys) < :most)",
        values=values,
    )
