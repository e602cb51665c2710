"""Word of logins that ended with their identity or passkey, left by the transaction that ends them
(docs/adr/0043-logouts-are-told-from-an-outbox.md).

Satisfies Announcements of `keybound.oauth.ports_logout`.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId
from keybound.domain.login import Login
from keybound.domain.logout_notice import EndedSignIns
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.login_items import login_of
from keybound.storage.table import ConditionFailed, Table

MOST_ANNOUNCED = 25
_POINTERS = 100
FOR_EVER = 10**10


class AnnouncedEnds:
    """Logins that ended with their identity or passkey."""

    def __init__(self, directory: Table, grants: Table) -> None:
        self._directory = directory
        self._grants = grants

    def waiting(self) -> Sequence[EndedSignIns]:
        items, _ = self._directory.query(
            "pk = :pk", {":pk": keys.ENDED_SIGN_INS}, limit=MOST_ANNOUNCED
        )
        return [decode(EndedSignIns, item) for item in items]

    def logins_of(self, ended: EndedSignIns) -> Sequence[Login]:
        t, r, i = ended.tenant_id, ended.realm_id, ended.identity_id
        pk, prefix = keys.login_pointer(t, r, i, "")
        pointers = self._grants.query_all(
            "pk = :pk AND begins_with(sk, :prefix)", {":pk": pk, ":prefix": prefix}
        )
        hashes = [pointer["sk"].removeprefix(prefix) for pointer in pointers]
        found: list[Login] = []
        for first in range(0, len(hashes), _POINTERS):
            batch = [keys.login(one) for one in hashes[first : first + _POINTERS]]
            items = self._grants.get_many(batch)
            found += [login_of(item) for item in items if item is not None]
        wanted = ended.credential_id
        return [
            login
            for login in found
            if login.revoked_at == 0
            and login.auth_time <= ended.ended_at
            and wanted in (None, login.credential_id)
        ]

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
    return directory.update_write(_key(ended), f"SET {expression}", values=values)


def _key(ended: EndedSignIns) -> keys.Key:
    return keys.ended_sign_ins(
        ended.tenant_id, ended.realm_id, ended.identity_id, ended.credential_id
    )
