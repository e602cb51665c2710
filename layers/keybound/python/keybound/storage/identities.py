"""Identities, and the claims that keep their usernames unique in a realm: reads, lists, and the
transactions whose writes `identity_writes` makes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from keybound.directory.ports import SubjectWasAnothers
from keybound.domain.errors import Conflict, NotFound, Unavailable
from keybound.domain.identity import Identity, normalised_username
from keybound.domain.ids import IdentityId, new_uuid
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item, decode
from keybound.storage.contention import Contention
from keybound.storage.identity_filters import SERVED, USERNAME, matches, part_of
from keybound.storage.identity_writes import SUBJECTS, change, creation, deletion, identity_key
from keybound.storage.realm_counts import IDENTITIES, count_write, total
from keybound.storage.realm_lists import Start, indexed_list, realm_list
from keybound.storage.table import Table, TransactionFailed

USERNAME_TAKEN = "username already exists"
_BATCH = 100
_CLAIM, _RELEASE, _COUNT = 1, 2, 2


class Identities:
    """Satisfies `keybound.directory.ports.Identities`."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def find(self, path: RealmPath, identity_id: IdentityId) -> Identity | None:
        item = self._table.get(identity_key(path, identity_id))
        return decode(Identity, item) if item is not None else None

    def find_many(
        self, path: RealmPath, identity_ids: Sequence[IdentityId]
    ) -> list[Identity | None]:
        """Return identities in the order asked for, consistently."""
        places = [identity_key(path, identity_id) for identity_id in identity_ids]
        items: list[Item | None] = []
        for first in range(0, len(places), _BATCH):
            items += self._table.get_many(places[first : first + _BATCH])
        return [decode(Identity, item) if item is not None else None for item in items]

    def find_by_username(self, path: RealmPath, username: str) -> Identity | None:
        claim = self._table.get(keys.username(path.tenant_id, path.realm_id, username))
        return self.find(path, IdentityId(claim["identity_id"])) if claim else None

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Identity], dict[str, str] | None]:
        return realm_list(
            self._table, Identity, path, IDENTITIES, size=size, skip=skip, start=start
        )

    served = SERVED

    def matching(
        self,
        path: RealmPath,
        wanted: Mapping[str, str],
        *,
        size: int,
        skip: int,
        start: Start | None,
    ) -> tuple[list[Identity], dict[str, str] | None]:
        """Return a page of the identities that have every value of `wanted`, or of all."""
        if not wanted:
            return self.page(path, size=size, skip=skip, start=start)
        if USERNAME in wanted:
            only = self.find_by_username(path, wanted[USERNAME])
            found, more = [only] if only is not None and not skip else [], None
        else:
            part = part_of(path, wanted)
            found, more = indexed_list(
                self._table, Identity, part, size=size, skip=skip, start=start
            )
        return [identity for identity in found if matches(identity, wanted)], more

    def total(self, path: RealmPath) -> int:
        return total(self._table, path, IDENTITIES)

    def create(
        self,
        identity: Identity,
        also: Writes = (),
        reused: Collection[str] = (),
    ) -> None:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(lambda: self._create(identity, attempt, also, reused))
        except TransactionFailed as refusal:
            stored, claim, shard = refusal.items[:3]
            if stored is not None and stored.get("put_id") == attempt:
                return
            if shard is not None:
                raise NotFound("Realm", identity.realm_id) from refusal
            if claim is not None:
                raise Conflict(USERNAME_TAKEN) from refusal
            checks = refusal.reasons[_COUNT + 1 : len(refusal.reasons) - len(also)]
            if stored is None and set(checks) - {"None"}:
                raise SubjectWasAnothers from refusal
            raise Unavailable(detail="identity id or idempotency key taken") from refusal

    def replace(self, before: Identity, after: Identity, reused: Collection[str] = ()) -> bool:
        attempt = new_uuid(self._contention.randomness)
        writes = change(self._table, before, after, attempt, reused)
        try:
            self._contention.retry(lambda: self._apply(writes))
        except TransactionFailed as refusal:
            stored = refusal.items[0]
            if stored is not None and stored.get("put_id") == attempt:
                return True
            if refusal.reasons[0] != "None":
                return False
            renamed = normalised_username(before.username) != normalised_username(after.username)
            if renamed and refusal.reasons[_CLAIM] != "None":
                raise Conflict(USERNAME_TAKEN) from refusal
            if renamed and refusal.reasons[_RELEASE] != "None":
                return False
            raise SubjectWasAnothers from refusal
        return True

    def delete(self, identity: Identity) -> bool:
        return self.delete_together([identity])

    def delete_together(self, identities: Sequence[Identity]) -> bool:
        try:
            self._contention.retry(lambda: self._delete(identities))
        except TransactionFailed:
            return False
        return True

    def creation(
        self, identity: Identity, attempt: str, reused: Collection[str] = SUBJECTS
    ) -> list[dict[str, Any]]:
        """Return the writes of one transaction that makes the identity: item, claim, count, and
        a check for each of its subjects that is not in `reused`."""
        path = RealmPath(identity.tenant_id, identity.realm_id)
        item, claim, *checks = creation(self._table, identity, attempt, reused)
        return [item, claim, self._count(path, 1), *checks]

    def _create(
        self,
        identity: Identity,
        attempt: str,
        also: Writes,
        reused: Collection[str],
    ) -> None:
        self._apply([*self.creation(identity, attempt, reused), *also])

    def _apply(self, writes: list[dict[str, Any]]) -> None:
        self._table.transact(writes, new_uuid(self._contention.randomness))

    def _delete(self, identities: Sequence[Identity]) -> None:
        path = RealmPath(identities[0].tenant_id, identities[0].realm_id)
        writes = deletion(self._table, identities)
        self._apply([*writes, self._count(path, -len(identities))])

    def _count(self, path: RealmPath, by: int) -> dict[str, Any]:
        shard = self._contention.draw(keys.COUNT_SHARDS)
        return count_write(self._table, path, IDENTITIES, shard, by)
