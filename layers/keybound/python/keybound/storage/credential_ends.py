"""The two transactions that end a credential: revocation and deletion.

A deleted credential leaves an item under its WebAuthn id with nothing personal on it, so that the
id stays taken (docs/adr/0035-what-a-deleted-credential-leaves.md).
"""

from typing import Any

from keybound.domain.credential import ACTIVE, DELETED, REVOKED, Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import Identity
from keybound.domain.ids import new_uuid
from keybound.domain.passkey_notice import PASSKEY_REMOVED
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import encode
from keybound.storage.contention import Contention
from keybound.storage.ended_sign_ins import ended_write
from keybound.storage.passkey_notices import notice_writes
from keybound.storage.realm_counts import CREDENTIALS, count_write
from keybound.storage.table import Table, TransactionFailed

_FORGOTTEN = (
    "lpk, lsk, credential_id, public_key, display_name, transports, aaguid, relying_party_id"
)


def revoke(
    table: Table,
    contention: Contention,
    credential: Credential,
    identity: Identity,
    now: int,
    *,
    tells: bool,
) -> bool:
    """Satisfies `revoke` of `keybound.directory.ports.Credentials`."""
    attempt = new_uuid(contention.randomness)
    writes = [
        _end(table, credential, REVOKED, now, attempt, removed=""),
        _identity_write(table, credential, identity, left=0),
        *_word_of_it(table, credential, identity, now, tells=tells),
    ]
    return _apply(table, contention, lambda: writes, attempt)


def delete(
    table: Table,
    contention: Contention,
    credential: Credential,
    identity: Identity,
    now: int,
    *,
    tells: bool,
) -> bool:
    """Satisfies `delete` of `keybound.directory.ports.Credentials`."""
    path = RealmPath(credential.tenant_id, credential.realm_id)
    attempt = new_uuid(contention.randomness)
    pointer = keys.credential_pointer(
        path.tenant_id, path.realm_id, credential.identity_id, credential.id
    )

    def writes() -> list[dict[str, Any]]:
        shard = contention.draw(keys.COUNT_SHARDS)
        return [
            _end(table, credential, DELETED, now, attempt, removed=f" REMOVE {_FORGOTTEN}"),
            _identity_write(table, credential, identity, left=-1),
            table.delete_write(pointer, "attribute_exists(pk)"),
            count_write(table, path, CREDENTIALS, shard, -1),
            *_word_of_it(table, credential, identity, now, tells=tells),
        ]

    return _apply(table, contention, writes, attempt)


def _word_of_it(
    table: Table, credential: Credential, identity: Identity, now: int, *, tells: bool
) -> list[dict[str, Any]]:
    """Tell the applications, and the owner; of one that was revoked before they have been told."""
    if not credential.is_active:
        return []
    mails = notice_writes(table, credential, identity, PASSKEY_REMOVED, now) if tells else []
    return [ended_write(table, identity, now, credential.id), *mails]


def _apply(table: Table, contention: Contention, writes: Any, attempt: str) -> bool:
    try:
        contention.retry(lambda: table.transact(writes(), new_uuid(contention.randomness)))
    except TransactionFailed as refusal:
        stored = refusal.items[0]
        return stored is not None and stored.get("revoke_id") == attempt
    return True


def _end(
    table: Table, credential: Credential, state: str, now: int, attempt: str, *, removed: str
) -> dict[str, Any]:
    hashed = credential_hash(from_b64url(credential.credential_id))
    return table.update_write(
        keys.credential(credential.tenant_id, credential.realm_id, hashed),
        f"SET #state = :ended, update_time = :now, revoke_id = :attempt{removed}",
        "#state = :state AND id = :id",
        names={"#state": "state"},
        values={
            ":ended": state,
            ":state": credential.state,
            ":now": now,
            ":attempt": attempt,
            ":id": credential.id,
        },
    )


def _identity_write(
    table: Table, credential: Credential, identity: Identity, *, left: int
) -> dict[str, Any]:
    """Take it off the list of active passkeys. Ending one that was revoked moves no epoch, and no
    binding has to be judged again for it."""
    key = keys.identity(credential.tenant_id, credential.realm_id, credential.identity_id)
    if credential.state != ACTIVE:
        return table.update_write(
            key, "ADD credential_count :left", "attribute_exists(pk)", values={":left": left}
        )
    kept = [encode(p) for p in identity.passkeys if p.id != credential.id]
    return table.update_write(
        key,
        "SET passkeys = :kept, credential_epoch = :next ADD credential_count :left",
        "credential_epoch = :epoch",
        values={
            ":kept": kept,
            ":epoch": identity.credential_epoch,
            ":next": identity.credential_epoch + 1,
            ":left": left,
        },
    )
