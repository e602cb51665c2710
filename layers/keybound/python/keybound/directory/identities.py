"""Identities: creation, change, suspension, deletion.

Changes are optimistic: read, decide, write on condition that nobody else wrote in between, and if
somebody did, decide again. So two parallel PATCHes both take effect.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from keybound.directory.former_subjects import mindful
from keybound.directory.ports import Identities, IdentityRemains, SubjectFields
from keybound.domain.clock import Clock
from keybound.domain.errors import NotFound, Unavailable, refuse_field
from keybound.domain.identity import SUSPENDED, Identity
from keybound.domain.ids import IdentityId, is_hex_id, new_hex_id
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Precondition, Versioned, unconditional

_TRIES = 8
MAX_TRAITS_BYTES = 24 * 1024


@dataclass(frozen=True)
class IdentityPorts:
    """What these flows work on."""

    identities: Identities
    remains: IdentityRemains
    subject_fields: SubjectFields
    clock: Clock
    randomness: Randomness


@dataclass(frozen=True)
class NewIdentity:
    """What a caller says about a new identity; all of it checked for form."""

    display_name: str
    status: str
    traits: Mapping[str, str]
    allow_subject_reuse: bool = False


@dataclass(frozen=True)
class IdentityChange:
    """What a caller wants changed; None means "as it is".

    traits: members to set; an empty text removes an optional one. allow_subject_reuse: whether it
    may take a username or e-mail address that was somebody else's, where applications know people
    by these.
    """

    display_name: str | None = None
    status: str | None = None
    traits: Mapping[str, str] | None = None
    allow_subject_reuse: bool = False


def not_found(identity_id: str) -> NotFound:
    """Return the one answer for unknown, malformed and foreign ids."""
    return NotFound("Identity", identity_id)


def create_identity(
    ports: IdentityPorts,
    path: RealmPath,
    new: NewIdentity,
    receipt: Receipt[Identity] = no_receipt,
) -> Identity:
    """Store a new identity. Raises Conflict when its username is taken, in any case or form,
    NotFound for a realm that is gone, and BadRequest for traits that are too long together."""
    now = ports.clock()
    _check_size(new.traits)
    identity = Identity(
        id=IdentityId(new_hex_id(ports.randomness)),
        tenant_id=path.tenant_id,
        realm_id=path.realm_id,
        display_name=new.display_name,
        status=new.status,
        traits={name: text for name, text in new.traits.items() if text},
        create_time=now,
        update_time=now,
    )
    also = receipt(identity)
    mindful(
        ports.subject_fields,
        path,
        new.allow_subject_reuse,
        lambda reused: ports.identities.create(identity, also, reused),
    )
    return identity


def get_identity(ports: IdentityPorts, path: RealmPath, identity_id: str) -> Identity:
    """Return an identity. Raises NotFound."""
    found = None
    if is_hex_id(identity_id):
        found = ports.identities.find(path, IdentityId(identity_id))
    if found is None:
        raise not_found(identity_id)
    return found


def update_identity(
    ports: IdentityPorts,
    path: RealmPath,
    identity_id: str,
    change: IdentityChange,
    precondition: Precondition[Identity] = unconditional,
) -> Identity:
    """Apply a change and return the identity as it is then. Raises NotFound, Conflict,
    PreconditionFailed, BadRequest for traits that are too long together."""

    def apply() -> Identity | None:
        before = get_identity(ports, path, identity_id)
        precondition(Versioned(before, before.revision))
        after = _changed(before, change, ports.clock())
        if after == before:
            return after
        applied = mindful(
            ports.subject_fields,
            path,
            change.allow_subject_reuse,
            lambda reused: ports.identities.replace(before, after, reused),
        )
        return after if applied else None

    return _until_it_holds(apply)


def delete_identity(
    ports: IdentityPorts,
    path: RealmPath,
    identity_id: str,
    precondition: Precondition[Identity] = unconditional,
) -> None:
    """Remove an identity; its passkeys, jobs and logins are dead from that moment.

    What it leaves behind is cleared away afterwards, also by a repeated call, which then says
    NotFound like any call on an identity that is gone. Raises PreconditionFailed too.
    """

    def apply() -> Identity | None:
        before = get_identity(ports, path, identity_id)
        precondition(Versioned(before, before.revision))
        return before if ports.identities.delete(before) else None

    try:
        _until_it_holds(apply)
    except NotFound:
        if is_hex_id(identity_id):
            ports.remains.remove(path, IdentityId(identity_id))
        raise
    ports.remains.remove(path, IdentityId(identity_id))


def _changed(before: Identity, change: IdentityChange, now: int) -> Identity:
    traits = {**before.traits, **(change.traits or {})}
    _check_size(traits)
    status = before.status if change.status is None else change.status
    after = replace(
        before,
        display_name=before.display_name if change.display_name is None else change.display_name,
        status=status,
        traits={name: text for name, text in traits.items() if text},
        credential_epoch=before.credential_epoch + (status != before.status),
        session_epoch=before.session_epoch + (before.is_active and status == SUSPENDED),
    )
    if after == before:
        return before
    if after.email != before.email:
        after = replace(after, verified_email="")
    return replace(after, update_time=now, revision=before.revision + 1)


def _check_size(traits: Mapping[str, str]) -> None:
    """Bound what a page of 200 identities may weigh: a function's answer has 6 MB, and holds the
    body as a JSON text within JSON, where a quotation mark takes four bytes."""
    carried = json.dumps(json.dumps(dict(traits), ensure_ascii=False), ensure_ascii=False)
    if len(carried.encode("utf-8")) > MAX_TRAITS_BYTES:
        raise refuse_field("identity.traits", "longer than 24 KiB altogether")


def _until_it_holds(apply: Callable[[], Identity | None]) -> Identity:
    for _ in range(_TRIES):
        if (identity := apply()) is not None:
            return identity
    raise Unavailable(detail="lost every race for the identity")
