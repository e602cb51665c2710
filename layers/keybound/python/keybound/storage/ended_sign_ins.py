"""Word of logins that ended with their identity or passkey, left by the transaction that ends them
(docs/adr/0043-logouts-are-told-from-an-outbox.md).

Satisfies Announcements of `keybound.oauth.ports_logout`.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId
from keybound.domain.login import Login
from keybound.domain.logout_notice import EndedSignIns
from keybound.domain.turns import Waiting
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.login_items import login_of
from keybound.storage.places import items_behind
from keybound.storage.table import ConditionFailed, Table

LOGINS_AT_ONCE = 100  # what one batch reads
FOR_EVER = 10**10


class AnnouncedEnds:
    """Logins that ended with their identity or passkey."""

    def __init__(self, directory: Table, grants: Table) -> None:
        self._directory = directory
        self._grants = grants

    def waiting(self, behind: str, most: int) -> Sequence[Waiting[EndedSignIns]]:
        return [
            Waiting(keys.realm_of_place(item["sk"]), item["sk"], decode(EndedSignIns, item))
            for item in items_behind(self._directory, keys.ENDED_SIGN_INS, behind, most)
        ]

    def next_logins(self, ended: EndedSignIns) -> tuple[Sequence[Login], EndedSignIns | None]:
        """Somebody may have tens of thousands: one batch of them, in the order of their places."""
        t, r, i = ended.tenant_id, ended.realm_id, ended.identity_id
        pk, prefix = keys.login_pointer(t, r, i, "")
        behind = prefix + ended.told_until
        found = items_behind(self._grants, pk, behind, LOGINS_AT_ONCE)
        hashes = [
            pointer["sk"].removeprefix(prefix)
            for pointer in found
            if pointer["sk"].startswith(prefix)
        ]
        items = self._grants.get_many([keys.login(one) for one in hashes])
        logins = [login_of(item) for item in items if item is not None]
        whole = len(hashes) == LOGINS_AT_ONCE
        return (
            [login for login in logins if _concerns(ended, login)],
            replace(ended, told_until=hashes[-1]) if whole else None,
        )

    def keep(self, told: EndedSignIns) -> None:
        with suppress(ConditionFailed):
            self._directory.update(
                _key(told),
                "SET told_until = :place",
                "ended_at = :told",
                values={":place": told.told_until, ":told": told.ended_at},
            )

    def remove(self, ended: EndedSignIns) -> None:
        """A later end under the same key stays: its logins are still to be told."""
        with suppress(ConditionFailed):
            self._directory.delete(
                _key(ended), "ended_at = :told", values={":told": ended.ended_at}
            )


def ended_write(
    directory: Table,
    identity: Identity,
    ended_at: int,
    credential_id: CredentialId | None = None,
) -> dict[str, Any]:
    """Return the write that leaves word of ended logins, for the transaction that ends them."""
    ended = EndedSignIns(
        identity.tenant_id, identity.realm_id, identity.id, ended_at, credential_id
    )
    content = encode(ended)
    expression = ", ".join(f"{name} = :{name}" for name in content)
    values = {f":{name}": value for name, value in content.items()}
    return directory.update_write(_key(ended), f"SET {expression} REMOVE told_until", values=values)


def _concerns(ended: EndedSignIns, login: Login) -> bool:
    return (
        login.revoked_at == 0
        and login.auth_time <= ended.ended_at
        and ended.credential_id in (None, login.credential_id)
    )


def _key(ended: EndedSignIns) -> keys.Key:
    return keys.ended_sign_ins(
        ended.tenant_id, ended.realm_id, ended.identity_id, ended.credential_id
    )
