"""Notices of ended logins in the Grants, written in the transaction that ends them.

Satisfies LogoutNotices and LoginEnder of `keybound.oauth.ports_logout`.
"""

from collections.abc import Sequence
from typing import Any

from keybound.domain.login import LoginLocator
from keybound.domain.logout_notice import LogoutNotice
from keybound.domain.secrets import Randomness
from keybound.domain.turns import Waiting
from keybound.oauth.backchannel_logout import notice_of
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.login_items import login_of
from keybound.storage.places import items_behind
from keybound.storage.refresh_families import OWN_OPEN_LOGIN, RefreshFamilies
from keybound.storage.table import ConditionFailed, Table, TransactionFailed


class NoticeOutbox:
    """What is to be posted. Its partitions are empty most of the time and read consistently."""

    shards = keys.LOGOUT_SHARDS

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def put(self, notice: LogoutNotice) -> None:
        try:
            self._table.put(_item(notice), "attribute_not_exists(pk)")
        except ConditionFailed:
            return

    def waiting(self, shard: int, behind: str, most: int) -> Sequence[Waiting[LogoutNotice]]:
        items = items_behind(self._table, keys.logout_partition(shard), behind, most)
        found = [decode(LogoutNotice, item) for item in items]
        return [
            Waiting(keys.logout_owner(notice.application_id), item["sk"], notice)
            for item, notice in zip(items, found, strict=True)
        ]

    def claim(self, notice: LogoutNotice, until: int) -> bool:
        try:
            self._table.update(
                keys.logout_notice(notice.application_id, notice.challenge_hash),
                "SET due = :until, attempts = :more",
                "due = :due AND attempts = :attempts",
                values={
                    ":until": until,
                    ":more": notice.attempts + 1,
                    ":due": notice.due,
                    ":attempts": notice.attempts,
                },
            )
        except ConditionFailed:
            return False
        return True

    def remove(self, notice: LogoutNotice) -> None:
        self._table.delete(keys.logout_notice(notice.application_id, notice.challenge_hash))


class LoginEnds(RefreshFamilies):
    """Ends logins, and leaves word of it in the same transaction."""

    def __init__(self, grants: Table, randomness: Randomness) -> None:
        super().__init__(grants)
        self._randomness = randomness

    def end_and_tell(self, notice: LogoutNotice, client_id: str, now: int) -> None:
        writes = [
            self._table.update_write(
                keys.login(notice.challenge_hash),
                "SET revoked_at = :now",
                "sid = :sid AND client_id = :client AND revoked_at = :zero",
                values={":sid": notice.sid, ":client": client_id, ":zero": 0, ":now": now},
            ),
            notice_write(self._table, notice),
        ]
        try:
            self._table.transact(writes, self._randomness(16).hex())
        except TransactionFailed:
            return  # ended before, or not this client's


class ManagedEnds(LoginEnds):
    """Ends logins for somebody else than their client, which therefore is told."""

    def _revoke(
        self,
        locator: LoginLocator,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str],
    ) -> None:
        (item,) = self._table.get_many([keys.login(locator.challenge_hash)])
        if item is None:
            return
        writes = [
            self._table.update_write(
                keys.login(locator.challenge_hash),
                "SET revoked_at = :now",
                f"{OWN_OPEN_LOGIN} AND {condition}",
                names=names,
                values=values,
            ),
            notice_write(self._table, notice_of(login_of(item), values[":now"])),
        ]
        try:
            self._table.transact(writes, self._randomness(16).hex())
        except TransactionFailed:
            return


def notice_write(table: Table, notice: LogoutNotice) -> dict[str, Any]:
    """Return the write that leaves the notice, for the transaction that ends the login."""
    return table.put_write(_item(notice))


def _item(notice: LogoutNotice) -> dict[str, Any]:
    return {
        **keys.logout_notice(notice.application_id, notice.challenge_hash)._asdict(),
        **encode(notice),
    }
