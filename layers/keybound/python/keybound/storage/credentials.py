"""Credentials as the directory sees them: lists, single reads, revocation.

A credential's key is its WebAuthn id; a pointer in the identity's partition finds it by its short
id. Both are written by the binding (storage/binding_completion.py).
"""

from keybound.domain.credential import ACTIVE, REVOKED, Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId, IdentityId, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.contention import Contention
from keybound.storage.realm_counts import CREDENTIALS, total
from keybound.storage.realm_lists import Start, realm_list
from keybound.storage.table import Table, TransactionFailed

_BATCH = 100


class Credentials:
    """Satisfies `keybound.directory.ports.Credentials`."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def find(
        self, path: RealmPath, identity_id: IdentityId, credential_id: CredentialId
    ) -> tuple[Credential, Identity] | None:
        t, r = path.tenant_id, path.realm_id
        pointer = self._table.get(keys.credential_pointer(t, r, identity_id, credential_id))
        if pointer is None:
            return None
        item, owner = self._table.get_many(
            [keys.credential(t, r, pointer["credential_hash"]), keys.identity(t, r, identity_id)]
        )
        if item is None or owner is None:
            return None
        credential = decode(Credential, item)
        if (credential.id, credential.identity_id) != (credential_id, identity_id):
            return None
        return credential, decode(Identity, owner)

    def of_identity(self, path: RealmPath, identity_id: IdentityId) -> list[Credential]:
        t, r = path.tenant_id, path.realm_id
        pointers = self._table.query_all(
            "pk = :pk AND begins_with(sk, :prefix)",
            {":pk": keys.identity(t, r, identity_id).pk, ":prefix": keys.CREDENTIAL_PREFIX},
        )
        places = [keys.credential(t, r, pointer["credential_hash"]) for pointer in pointers]
        found: list[Credential] = []
        for first in range(0, len(places), _BATCH):
            items = self._table.get_many(places[first : first + _BATCH])
            found += [decode(Credential, item) for item in items if item is not None]
        return found

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Credential], dict[str, str] | None]:
        return realm_list(
            self._table, Credential, path, CREDENTIALS, size=size, skip=skip, start=start
        )

    def total(self, path: RealmPath) -> int:
        return total(self._table, path, CREDENTIALS)

    def revoke(self, credential: Credential, identity: Identity, now: int) -> bool:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(lambda: self._revoke(credential, identity, now, attempt))
        except TransactionFailed as refusal:
            stored = refusal.items[0]
            return stored is not None and stored.get("revoke_id") == attempt
        return True

    def _revoke(self, credential: Credential, identity: Identity, now: int, attempt: str) -> None:
        t, r = credential.tenant_id, credential.realm_id
        hashed = credential_hash(from_b64url(credential.credential_id))
        kept = [encode(p) for p in identity.passkeys if p.id != credential.id]
        writes = [
            self._table.update_write(
                keys.credential(t, r, hashed),
                "SET #state = :revoked, update_time = :now, revoke_id = :attempt",
                "#state = :active AND id = :id",
                names={"#state": "state"},
                values={
                    ":revoked": REVOKED,
                    ":active": ACTIVE,
                    ":now": now,
                    ":attempt": attempt,
                    ":id": credential.id,
                },
            ),
            self._table.update_write(
                keys.identity(t, r, credential.identity_id),
                "SET passkeys = :kept, credential_epoch = :next",
                "credential_epoch = :epoch",
                values={
                    ":kept": kept,
                    ":epoch": identity.credential_epoch,
                    ":next": identity.credential_epoch + 1,
                },
            ),
        ]
        self._table.transact(writes, new_uuid(self._contention.randomness))
