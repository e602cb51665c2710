"""Credentials as the directory sees them: lists and single reads; names.

A credential's key is its WebAuthn id; a pointer in the identity's partition finds it by its short
id. Both are written by the binding (storage/binding_completion.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keybound.domain.credential import DELETED, Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId, IdentityId
from keybound.domain.tenancy import RealmPath
from keybound.storage import credential_ends, keys
from keybound.storage.codec import Item, decode
from keybound.storage.contention import Contention
from keybound.storage.own_lists import own_list
from keybound.storage.realm_counts import CREDENTIALS, total
from keybound.storage.realm_lists import Start, realm_list
from keybound.storage.table import ConditionFailed, Table

_BATCH = 100


class Credentials:
    """Satisfies `keybound.directory.ports.Credentials`."""

    def __init__(self, directory: Table, contention: Contention, *, tells: bool = True) -> None:
        """tells: leave word for a mail to the owner of a passkey that ends."""
        self._table = directory
        self._contention = contention
        self._tells = tells

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
        if item is None or owner is None or item["state"] == DELETED:
            return None
        credential = decode(Credential, item)
        if (credential.id, credential.identity_id) != (credential_id, identity_id):
            return None
        return credential, decode(Identity, owner)

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Credential], dict[str, str] | None]:
        found, more = realm_list(
            self._table, Credential, path, CREDENTIALS, size=size, skip=skip, start=start
        )
        return [each for each in found if each.state != DELETED], more

    def total(self, path: RealmPath) -> int:
        return total(self._table, path, CREDENTIALS)

    def of(self, identity: Identity) -> "CredentialsOf":
        """Return the list of one identity's own."""
        return CredentialsOf(self, identity)

    def page_of(
        self,
        path: RealmPath,
        identity_id: IdentityId,
        *,
        size: int = 200,
        skip: int = 0,
        start: Start | None = None,
    ) -> tuple[list[Credential], dict[str, str] | None]:
        """Return a page of one identity's credentials, by id."""
        pointers, more = own_list(
            self._table,
            path,
            identity_id,
            keys.CREDENTIAL_PREFIX,
            size=size,
            skip=skip,
            start=start,
        )
        return self._read(path, pointers), more

    def _read(self, path: RealmPath, pointers: Iterable[Item]) -> list[Credential]:
        places = [
            keys.credential(path.tenant_id, path.realm_id, pointer["credential_hash"])
            for pointer in pointers
        ]
        found: list[Credential] = []
        for first in range(0, len(places), _BATCH):
            items = self._table.get_many(places[first : first + _BATCH])
            found += [
                decode(Credential, item)
                for item in items
                if item is not None and item["state"] != DELETED
            ]
        return found

    def rename(self, credential: Credential, display_name: str, now: int) -> Credential | None:
        hashed = credential_hash(from_b64url(credential.credential_id))
        try:
            item = self._contention.retry(
                lambda: self._table.update(
                    keys.credential(credential.tenant_id, credential.realm_id, hashed),
                    "SET display_name = :name, update_time = :now",
                    "id = :id AND #state <> :deleted",
                    names={"#state": "state"},
                    values={
                        ":name": display_name,
                        ":now": now,
                        ":id": credential.id,
                        ":deleted": DELETED,
                    },
                )
            )
        except ConditionFailed:
            return None
        return decode(Credential, item)

    def revoke(self, credential: Credential, identity: Identity, now: int) -> bool:
        return credential_ends.revoke(
            self._table, self._contention, credential, identity, now, tells=self._tells
        )

    def delete(self, credential: Credential, identity: Identity, now: int) -> bool:
        return credential_ends.delete(
            self._table, self._contention, credential, identity, now, tells=self._tells
        )


@dataclass(frozen=True)
class CredentialsOf:
    """The credentials of one identity, as a list that can be paged."""

    credentials: Credentials
    identity: Identity

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Credential], dict[str, str] | None]:
        return self.credentials.page_of(path, self.identity.id, size=size, skip=skip, start=start)

    def total(self, path: RealmPath) -> int:
        return self.identity.credential_count
