"""The writes that make, change and remove an identity: its item, its claim, who had what before.

A claim's key is the hash of a username in its normal form: it is put on condition that nobody holds
it. A former subject remembers, also by hash, whose username or e-mail address something was
(docs/adr/0037-subjects-are-not-handed-on.md).
"""

from collections.abc import Collection, Sequence
from typing import Any

from keybound.domain.identity import EMAIL, USERNAME, Identity, subjects
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import encode
from keybound.storage.ended_sign_ins import FOR_EVER, ended_write
from keybound.storage.identity_filters import filter_attributes
from keybound.storage.realm_counts import IDENTITIES
from keybound.storage.realm_lists import list_attributes
from keybound.storage.table import Table

SUBJECTS = (USERNAME, EMAIL)
_REVISION = {"#revision": "revision"}
_UNCHANGED = "#revision = :revision"
Writes = list[dict[str, Any]]


def identity_key(path: RealmPath, identity_id: IdentityId) -> keys.Key:
    return keys.identity(path.tenant_id, path.realm_id, identity_id)


def creation(table: Table, identity: Identity, attempt: str, reused: Collection[str]) -> Writes:
    """Return item, claim, and a check for each subject that is not in `reused`."""
    path = RealmPath(identity.tenant_id, identity.realm_id)
    item = {
        **identity_key(path, identity.id)._asdict(),
        **encode(identity),
        **list_attributes(path, IDENTITIES, identity.create_time, identity.id),
        **filter_attributes(identity),
        "put_id": attempt,
    }
    return [
        table.put_write(item, "attribute_not_exists(pk)"),
        _claim(table, identity),
        *_not_anothers(table, identity, subjects(identity), reused),
    ]


def change(
    table: Table, before: Identity, after: Identity, attempt: str, reused: Collection[str]
) -> Writes:
    """Return the item's update first; alone, if no subject changes."""
    key = identity_key(RealmPath(before.tenant_id, before.realm_id), before.id)
    expression, extra = _update(before, after, attempt)
    writes = [table.update_write(key, expression, _UNCHANGED, **extra)]
    old, new = subjects(before), subjects(after)
    if old[USERNAME] != new[USERNAME]:
        writes += [_claim(table, after), _release(table, before)]
    left = {kind: value for kind, value in old.items() if new.get(kind) != value}
    taken = {kind: value for kind, value in new.items() if old.get(kind) != value}
    writes += [_remember(table, before, kind, value) for kind, value in left.items()]
    if before.is_active and not after.is_active:
        writes.append(ended_write(table, before, after.update_time))
    return writes + _not_anothers(table, after, taken, reused)


def deletion(table: Table, identities: Sequence[Identity]) -> Writes:
    """Return up to four writes for each identity of one realm, and what is remembered of them:
    once, where several had the same address."""
    writes: Writes = []
    left: dict[tuple[str, str], Identity] = {}
    for identity in identities:
        path = RealmPath(identity.tenant_id, identity.realm_id)
        values = {":revision": identity.revision}
        condition = f"{_UNCHANGED} AND {_same_memberships(identity, values)}"
        key = identity_key(path, identity.id)
        writes += [
            table.delete_write(key, condition, names=_REVISION, values=values),
            _release(table, identity),
            *_memberships_left(table, identity),
            ended_write(table, identity, FOR_EVER),
        ]
        left |= dict.fromkeys(subjects(identity).items(), identity)
    return writes + [_remember(table, whose, *subject) for subject, whose in left.items()]


def _memberships_left(table: Table, identity: Identity) -> Writes:
    """Note in its partition what it was a member of, for whoever clears that away."""
    held = {"group_ids": identity.group_ids, "role_ids": identity.role_ids}
    if not any(held.values()):
        return []
    key = keys.memberships_left(identity.tenant_id, identity.realm_id, identity.id)
    left = {name: ids for name, ids in held.items() if ids}
    return [table.put_write({**key._asdict(), **left})]


def _same_memberships(identity: Identity, values: dict[str, Any]) -> str:
    if not identity.membership_epoch:
        values[":epoch"] = 0
        return "(attribute_not_exists(membership_epoch) OR membership_epoch = :epoch)"
    values[":epoch"] = identity.membership_epoch
    return "membership_epoch = :epoch"


def _claim(table: Table, identity: Identity) -> dict[str, Any]:
    key = keys.username(identity.tenant_id, identity.realm_id, identity.username)
    item = {**key._asdict(), "identity_id": identity.id}
    return table.put_write(item, "attribute_not_exists(pk)")


def _release(table: Table, identity: Identity) -> dict[str, Any]:
    key = keys.username(identity.tenant_id, identity.realm_id, identity.username)
    return table.delete_write(key, "identity_id = :id", values={":id": identity.id})


def _remember(table: Table, identity: Identity, kind: str, value: str) -> dict[str, Any]:
    key = keys.former_subject(identity.tenant_id, identity.realm_id, kind, value)
    return table.put_write({**key._asdict(), "identity_id": identity.id})


def _not_anothers(
    table: Table, identity: Identity, taken: dict[str, str], reused: Collection[str]
) -> Writes:
    t, r = identity.tenant_id, identity.realm_id
    return [
        table.check_write(
            keys.former_subject(t, r, kind, value),
            "attribute_not_exists(pk) OR identity_id = :id",
            values={":id": identity.id},
        )
        for kind, value in taken.items()
        if kind not in reused
    ]


def _update(before: Identity, after: Identity, attempt: str) -> tuple[str, dict[str, Any]]:
    """The update of what management may change. It leaves `passkeys` alone, and moves the epochs
    by addition, because a binding may be changing them at the same time."""
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
    listed, gone = filter_attributes(after), filter_attributes(before).keys()
    values |= {f":{name}": value for name, value in listed.items()}
    sets = "".join(f", {name} = :{name}" for name in listed)
    removed = sorted(gone - listed.keys())
    expression = (
        "SET display_name = :display_name, #status = :status, traits = :traits, "
        f"update_time = :now, #revision = :next, put_id = :attempt{sets} "
        "ADD credential_epoch :epochs, session_epoch :sessions"
    )
    if after.email != before.email:  # whatever was proven, also meanwhile, was the other address
        removed.append("verified_email")
    expression += f" REMOVE {', '.join(removed)}" if removed else ""
    return expression, {"names": {**_REVISION, "#status": "status"}, "values": values}
