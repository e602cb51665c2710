"""Identities, and the claims that keep their usernames unique in a realm.

The claim is an item whose key is the hash of the username in its normal form. It is written in the
same transaction as the identity, on condition that nobody holds it.
"""

from typing import Any

from keybound.domain.errors import Conflict, NotFound, Unavailable
from keybound.domain.identity import Identity, normalised_username
from keybound.domain.ids import IdentityId, new_uuid
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.contention import Contention
from keybound.storage.ended_sign_ins import FOR_EVER, ended_write
from keybound.storage.realm_counts import IDENTITIES, count_write, total
from keybound.storage.realm_lists import Start, list_attributes, realm_list
from keybound.storage.table import ConditionFailed, Table, TransactionFailed

USERNAME_TAKEN = "username already exists"


class Identities:
    """Satisfies `keybound.directory.ports.Identities`."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def find(self, path: RealmPath, identity_id: IdentityId) -> Identity | None:
        item = self._table.get(_key(path, identity_id))
        return decode(Identity, item) if item is not None else None

    def find_by_username(self, path: RealmPath, username: str) -> Identity | None:
        claim = self._table.get(keys.username(path.tenant_id, path.realm_id, username))
        return self.find(path, IdentityId(claim["identity_id"])) if claim else None

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Identity], dict[str, str] | None]:
        return realm_list(
            self._table, Identity, path, IDENTITIES, size=size, skip=skip, start=start
        )

    def total(self, path: RealmPath) -> int:
        return total(self._table, path, IDENTITIES)

    def create(self, identity: Identity, also: Writes = ()) -> None:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(lambda: self._create(identity, attempt, also))
        except TransactionFailed as refusal:
            stored, claim, shard = refusal.items[:3]
            if stored is not None and stored.get("put_id") == attempt:
                return
            if shard is not None:
                raise NotFound("Realm", identity.realm_id) from refusal
            if claim is not None:
                raise Conflict(USERNAME_TAKEN) from refusal
            raise Unavailable(detail="identity id or idempotency key taken") from refusal

    def replace(self, before: Identity, after: Identity) -> bool:
        attempt = new_uuid(self._contention.randomness)
        try:
            self._contention.retry(lambda: self._replace(before, after, attempt))
        except ConditionFailed as refusal:
            return refusal.item is not None and refusal.item.get("put_id") == attempt
        except TransactionFailed as refusal:
            stored = refusal.items[0]
            if stored is not None and stored.get("put_id") == attempt:
                return True
            if refusal.reasons[0] == "None" and refusal.reasons[1] != "None":
                raise Conflict(USERNAME_TAKEN) from refusal
            return False
        return True

    def delete(self, identity: Identity) -> bool:
        try:
            self._contention.retry(lambda: self._delete(identity))
        except TransactionFailed:
            return False
        return True

    def _create(self, identity: Identity, attempt: str, also: Writes) -> None:
        writes = [*self.creation(identity, attempt), *also]
        self._table.transact(writes, new_uuid(self._contention.randomness))

    def creation(self, identity: Identity, attempt: str) -> list[dict[str, Any]]:
        """Return the writes of one transaction that makes the identity: item, claim, count."""
        path = RealmPath(identity.tenant_id, identity.realm_id)
        item = {
            **_key(path, identity.id)._asdict(),
            **encode(identity),
            **list_attributes(path, IDENTITIES, identity.create_time, identity.id),
            "put_id": attempt,
        }
        return [
            self._table.put_write(item, "attribute_not_exists(pk)"),
            self._claim(identity),
            self._count(path, 1),
        ]

    def _replace(self, before: Identity, after: Identity, attempt: str) -> None:
        path = RealmPath(before.tenant_id, before.realm_id)
        expression, extra = _change(before, after, attempt)
        key = _key(path, before.id)
        beside: list[dict[str, Any]] = []
        if normalised_username(before.username) != normalised_username(after.username):
            beside += [self._claim(after), self._release(before)]
        if before.is_active and not after.is_active:
            beside.append(ended_write(self._table, before, after.update_time))
        if not beside:
            self._table.update(key, expression, _UNCHANGED, **extra)
            return
        change = self._table.update_write(key, expression, _UNCHANGED, **extra)
        self._table.transact([change, *beside], new_uuid(self._contention.randomness))

    def _delete(self, identity: Identity) -> None:
        path = RealmPath(identity.tenant_id, identity.realm_id)
        values = {":revision": identity.revision}
        condition = f"{_UNCHANGED} AND {_same_memberships(identity, values)}"
        writes = [
            self._table.delete_write(
                _key(path, identity.id), condition, names=_REVISION, values=values
            ),
            self._release(identity),
            self._count(path, -1),
            *self._memberships_left(path, identity),
            ended_write(self._table, identity, FOR_EVER),
        ]
        self._table.transact(writes, new_uuid(self._contention.randomness))

    def _memberships_left(self, path: RealmPath, identity: Identity) -> list[dict[str, Any]]:
        """Note in its partition what it was a member of, for whoever clears that away."""
        if not identity.group_ids and not identity.role_ids:
            return []
        key = keys.memberships_left(path.tenant_id, path.realm_id, identity.id)
        held = {"group_ids": identity.group_ids, "role_ids": identity.role_ids}
        left = {name: ids for name, ids in held.items() if ids}
        return [self._table.put_write({**key._asdict(), **left})]

    def _claim(self, identity: Identity) -> dict[str, Any]:
        key = keys.username(identity.tenant_id, identity.realm_id, identity.username)
        item = {**key._asdict(), "identity_id": identity.id}
        return self._table.put_write(item, "attribute_not_exists(pk)")

    def _release(self, identity: Identity) -> dict[str, Any]:
        key = keys.username(identity.tenant_id, identity.realm_id, identity.username)
        return self._table.delete_write(key, "identity_id = :id", values={":id": identity.id})

    def _count(self, path: RealmPath, change: int) -> dict[str, Any]:
        shard = self._contention.draw(keys.COUNT_SHARDS)
        return count_write(self._table, path, IDENTITIES, shard, change)


_REVISION = {"#revision": "revision"}
_UNCHANGED = "#revision = :revision"


def _same_memberships(identity: Identity, values: dict[str, Any]) -> str:
    if not identity.membership_epoch:
        values[":epoch"] = 0
        return "(attribute_not_exists(membership_epoch) OR membership_epoch = :epoch)"
    values[":epoch"] = identity.membership_epoch
    return "membership_epoch = :epoch"


def _key(path: RealmPath, identity_id: IdentityId) -> keys.Key:
    return keys.identity(path.tenant_id, path.realm_id, identity_id)


def _change(before: Identity, after: Identity, attempt: str) -> tuple[str, dict[str, Any]]:
    """The update of what management may change. It leaves `passkeys` alone, and moves the epoch by
    addition, because a binding may be changing both at the same time."""
    values = {
        ":display_name": after.display_name,
        ":status": after.status,
        ":traits": dict(after.traits),
        ":now": after.update_time,
        ":revision": before.revision,
        ":next": after.revision,
        ":epochs": after.credential_epoch - before.credential_epoch,
        ":sessions": after.session_epoch - before.session_epoch,
        ":attempt": attempt,
    }
    names = {**_REVISION, "#status": "status"}
    expression = (
        "SET display_name = :display_name, #status = :status, traits = :traits, "
        "update_time = :now, #revision = :next, put_id = :attempt "
        "ADD credential_epoch :epochs, session_epoch :sessions"
    )
    if after.email != before.email:  # whatever was proven, also meanwhile, was the other address
        expression += " REMOVE verified_email"
    return expression, {"names": names, "values": values}
