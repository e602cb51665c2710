"""Which identities are members of groups and roles, kept on both sides.

A member is an item in the partition of its group or role, which lists in the order of ids, and an
element of a set on the identity's own item, which every token request reads anyway. Both change in
one transaction, with the group's or role's count. More than one transaction holds are applied one
after the other: adding or ending a membership twice changes nothing, so a call that broke off is
finished by sending it again (docs/adr/0031-memberships-on-both-sides.md).
"""

from collections.abc import Sequence
from typing import Any

from keybound.domain.errors import Conflict, NotFound, Unavailable
from keybound.domain.group import MAX_MEMBERSHIPS, Group, Role
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.codec import Item, decode
from keybound.storage.contention import Contention
from keybound.storage.keys import Key
from keybound.storage.realm_lists import Start
from keybound.storage.revised_items import unchanged, unreferenced
from keybound.storage.roles import Roles
from keybound.storage.table import Table, TransactionFailed

AT_ONCE = 45
MOST_STANDING = 8
_BATCH = 100
_TRIES = 6
_THERE = "attribute_exists(pk)"
_HAS_ROOM = f"{_THERE} AND (attribute_not_exists(#held) OR size(#held) < :most)"


class Memberships:
    """Satisfies `keybound.directory.ports_access.Memberships`."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention
        self._roles = Roles(directory, contention.randomness)

    def identities(self, where: RealmPath, ids: Sequence[IdentityId]) -> list[Identity]:
        wanted = [keys.identity(where.tenant_id, where.realm_id, i) for i in ids]
        return [decode(Identity, item) for item in self._many(wanted) if item is not None]

    def add(
        self,
        seen: Versioned[Group] | Versioned[Role],
        ids: Sequence[IdentityId],
        standing: Sequence[Versioned[Role]] = (),
    ) -> bool:
        return all(self._add(seen, ids[n : n + AT_ONCE], standing) for n in _steps(ids))

    def remove(self, holder: Group | Role, ids: Sequence[IdentityId]) -> None:
        for n in _steps(ids):
            self._remove(holder, ids[n : n + AT_ONCE])

    def page(
        self, holder: Group | Role, *, size: int, skip: int, start: Start | None
    ) -> tuple[list[Identity], dict[str, str] | None]:
        pk, sk = member_key(holder, IdentityId(""))
        rows, last = list[Item](), dict(start) if start else None
        while len(rows) <= skip + size:
            found, last = self._table.query(
                "pk = :pk AND begins_with(sk, :member)",
                {":pk": pk, ":member": sk},
                limit=skip + size + 1 - len(rows),
                start=last,
            )
            rows += found
            if last is None:
                break
        wanted, more = rows[skip : skip + size], len(rows) > skip + size
        ids = [IdentityId(row["sk"].removeprefix(keys.MEMBER_PREFIX)) for row in wanted]
        members = self.identities(RealmPath(holder.tenant_id, holder.realm_id), ids)
        return members, {"pk": pk, "sk": wanted[-1]["sk"]} if more else None

    def _add(
        self,
        seen: Versioned[Group] | Versioned[Role],
        ids: Sequence[IdentityId],
        standing: Sequence[Versioned[Role]],
    ) -> bool:
        holder = seen.entity
        checks = [self._roles.unchanged(role) for role in standing]
        for _ in range(_TRIES):
            rows = self._many([member_key(holder, i) for i in ids])
            new = [i for i, row in zip(ids, rows, strict=True) if row is None]
            if not new:
                return True
            writes = [self._counted(seen, len(new)), *checks]
            for i in new:
                writes += [self._row(holder, i), self._held(holder, i)]
            refusal = self._applied(writes)
            if refusal is None:
                return True
            if any(reason != "None" for reason in refusal.reasons[: 1 + len(checks)]):
                return False
            _check_identities(refusal, new, after=1 + len(checks))
        raise Unavailable(detail="lost every race for the members")

    def _remove(self, holder: Group | Role, ids: Sequence[IdentityId]) -> None:
        for _ in range(_TRIES):
            rows = self._many([member_key(holder, i) for i in ids])
            ended = [i for i, row in zip(ids, rows, strict=True) if row is not None]
            if not ended:
                return
            where = RealmPath(holder.tenant_id, holder.realm_id)
            living = {identity.id for identity in self.identities(where, ended)}
            writes = [count_write(self._table, holder_key(holder), -len(ended))]
            for i in ended:
                writes.append(self._table.delete_write(member_key(holder, i), _THERE))
                if i in living:
                    writes.append(self._let_go(holder, i))
            refusal = self._applied(writes)
            if refusal is None or refusal.reasons[0] != "None":  # the holder is gone, and they too
                return
        raise Unavailable(detail="lost every race for the members")

    def _counted(self, seen: Versioned[Group] | Versioned[Role], change: int) -> dict[str, Any]:
        values: dict[str, Any] = {":change": change}
        if isinstance(seen.entity, Group):
            condition = f"{_THERE} AND {unreferenced(seen, values)}"
        else:
            condition = unchanged(seen, values)
        key = holder_key(seen.entity)
        return self._table.update_write(key, "ADD member_count :change", condition, values=values)

    def _row(self, holder: Group | Role, i: IdentityId) -> dict[str, Any]:
        item: Item = {**member_key(holder, i)._asdict()}
        if isinstance(holder, Role):
            item["resource_server_id"] = holder.resource_server_id
        return self._table.put_write(item, "attribute_not_exists(pk)")

    def _held(self, holder: Group | Role, i: IdentityId) -> dict[str, Any]:
        return self._table.update_write(
            keys.identity(holder.tenant_id, holder.realm_id, i),
            "ADD #held :this, membership_epoch :one",
            _HAS_ROOM,
            names={"#held": _held_in(holder)},
            values={":this": frozenset({holder.id}), ":one": 1, ":most": MAX_MEMBERSHIPS},
        )

    def _let_go(self, holder: Group | Role, i: IdentityId) -> dict[str, Any]:
        return self._table.update_write(
            keys.identity(holder.tenant_id, holder.realm_id, i),
            "DELETE #held :this ADD membership_epoch :one",
            _THERE,
            names={"#held": _held_in(holder)},
            values={":this": frozenset({holder.id}), ":one": 1},
        )

    def _applied(self, writes: list[dict[str, Any]]) -> TransactionFailed | None:
        def apply() -> None:
            self._table.transact(writes, new_uuid(self._contention.randomness))

        try:
            self._contention.retry(apply)
        except TransactionFailed as refusal:
            return refusal
        return None

    def _many(self, wanted: Sequence[Key]) -> list[Item | None]:
        found: list[Item | None] = []
        for n in range(0, len(wanted), _BATCH):
            found += self._table.get_many(wanted[n : n + _BATCH])
        return found


def count_write(table: Table, key: Key, change: int) -> dict[str, Any]:
    """Return the write that changes a group's or role's count of members, if it is there."""
    return table.update_write(key, "ADD member_count :change", _THERE, values={":change": change})


def holder_key(holder: Group | Role) -> Key:
    t, r = holder.tenant_id, holder.realm_id
    if isinstance(holder, Group):
        return keys.group(t, r, holder.id)
    return keys.role(t, r, holder.resource_server_id, holder.id)


def member_key(holder: Group | Role, i: IdentityId) -> Key:
    t, r = holder.tenant_id, holder.realm_id
    if isinstance(holder, Group):
        return keys.group_member(t, r, holder.id, i)
    return keys.role_member(t, r, holder.id, i)


def _held_in(holder: Group | Role) -> str:
    return "group_ids" if isinstance(holder, Group) else "role_ids"


def _steps(ids: Sequence[IdentityId]) -> range:
    return range(0, len(ids), AT_ONCE)


def _check_identities(refusal: TransactionFailed, ids: Sequence[IdentityId], *, after: int) -> None:
    """Raise what an identity's own item refused; a row that is there now is nothing to raise."""
    for number, i in enumerate(ids):
        place = after + 2 * number + 1
        if refusal.reasons[place] == "None":
            continue
        if refusal.items[place] is None:
            raise NotFound("Identity", i)
        raise Conflict(f"an identity has at most {MAX_MEMBERSHIPS} of these memberships: {i}")
