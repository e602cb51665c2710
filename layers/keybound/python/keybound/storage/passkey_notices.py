"""Mails about passkeys that are still to be sent: written by the transaction that makes or ends the
passkey, removed once the mail service took them
(docs/adr/0063-people-are-told-of-their-passkeys.md).

Four partitions that are empty most of the time, read consistently, a page at a time.
"""

from typing import Any

from keybound.binding.ports_mail import OutboxEntry
from keybound.binding.ports_notices import WaitingNotice
from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.passkey_notice import PasskeyNotice, notice_of
from keybound.domain.turns import Waiting
from keybound.storage import keys
from keybound.storage.codec import Item, decode, encode
from keybound.storage.keys import Key
from keybound.storage.mail_outbox import claimed, entry_of
from keybound.storage.places import items_behind
from keybound.storage.table import Table


class PasskeyNotices:
    """Satisfies `keybound.binding.ports_notices.Notices`."""

    shards = keys.OUTBOX_SHARDS

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def waiting(self, shard: int, behind: str, most: int) -> list[Waiting[WaitingNotice]]:
        items = items_behind(self._table, keys.notice_partition(shard), behind, most)
        return [
            Waiting(keys.realm_of_place(item["sk"]), item["sk"], _waiting(item)) for item in items
        ]

    def claim(self, entry: OutboxEntry, until: int) -> bool:
        return claimed(self._table, entry, until)

    def owner(self, notice: PasskeyNotice) -> Identity | None:
        key = keys.identity(notice.tenant_id, notice.realm_id, notice.identity_id)
        item = self._table.get(key)
        return decode(Identity, item) if item is not None else None

    def remove(self, entry: OutboxEntry) -> None:
        self._table.delete(Key(entry.pk, entry.sk))


def notice_writes(
    table: Table, credential: Credential, identity: Identity, event: str, now: int
) -> list[dict[str, Any]]:
    """Return the write that leaves word of what happens to a passkey, to stand at the end of the
    transaction that does it; nothing where no mail could reach its owner. It is unconditional."""
    notice = notice_of(credential, identity, event, now)
    if notice is None:
        return []
    content = {**encode(notice), "due": now, "attempts": 0}
    key = keys.passkey_notice(
        notice.tenant_id, notice.realm_id, notice.identity_id, notice.credential_id, event
    )
    expression = ", ".join(f"#{name} = :{name}" for name in content)
    return [
        table.update_write(
            key,
            f"SET {expression}",
            names={f"#{name}": name for name in content},
            values={f":{name}": value for name, value in content.items()},
        )
    ]


def _waiting(item: Item) -> WaitingNotice:
    return WaitingNotice(entry_of(item), decode(PasskeyNotice, item))
