"""Mails that are still to be sent: written with the job in one transaction, removed once the mail
service took them (docs/adr/0048-mails-through-an-outbox-in-the-directory.md).

Four partitions that are empty most of the time, read consistently; the job says what the mail is.
"""

from typing import Any

from keybound.binding.ports_mail import OutboxEntry
from keybound.domain.binding_job import (
    FAILED_TO_SEND,
    MAIL_FAILED,
    MAIL_PENDING,
    MAIL_SENT,
    OPEN_STATES,
    BindingJob,
)
from keybound.domain.identity import ACTIVE, Identity
from keybound.domain.ids import IdentityId, JobId, RealmId, TenantId
from keybound.domain.tenancy import RealmPath
from keybound.domain.turns import Waiting
from keybound.storage import keys
from keybound.storage.binding_links import BindingLinks
from keybound.storage.codec import Item, decode
from keybound.storage.ended_jobs import KEEP, keep_values
from keybound.storage.job_filters import MOVES, moved
from keybound.storage.keys import Key
from keybound.storage.places import items_behind
from keybound.storage.table import ConditionFailed, Contended, Table

FIRST_RETRY_S = 60


class MailOutbox:
    """Satisfies `keybound.binding.ports_mail.Outbox` and `….mail_feedback.MailedJobs`."""

    shards = keys.OUTBOX_SHARDS

    def __init__(self, directory: Table) -> None:
        self._table = directory
        self._links = BindingLinks(directory)

    def waiting(self, shard: int, behind: str, most: int) -> list[Waiting[OutboxEntry]]:
        items = items_behind(self._table, keys.outbox_partition(shard), behind, most)
        return [
            Waiting(keys.realm_of_place(item["sk"]), item["sk"], entry_of(item)) for item in items
        ]

    def claim(self, entry: OutboxEntry, until: int) -> bool:
        return claimed(self._table, entry, until)

    def find(self, entry: OutboxEntry) -> tuple[BindingJob, Identity] | None:
        t, r, i, j = entry.sk.split("#")
        path = RealmPath(TenantId(t), RealmId(r))
        return self._links.find(path, IdentityId(i), JobId(j))

    def find_job(
        self, path: RealmPath, identity_id: IdentityId, job_id: JobId
    ) -> BindingJob | None:
        found = self._links.find(path, identity_id, job_id)
        return found[0] if found else None

    def remove(self, entry: OutboxEntry) -> None:
        self._table.delete(Key(entry.pk, entry.sk))

    def accepted(self, job: BindingJob) -> BindingJob:
        try:
            item = self._table.update(
                _job_key(job),
                "SET mail_state = :sent",
                "mail_state = :pending AND token_hash = :token_hash",
                values={
                    ":sent": MAIL_SENT,
                    ":pending": MAIL_PENDING,
                    ":token_hash": job.token_hash,
                },
            )
        except ConditionFailed as refusal:
            item = refusal.item or {}
        return self._settled(job, item)

    def failed(self, job: BindingJob, reason: str, now: int) -> BindingJob:
        try:
            item = self._table.update(
                _job_key(job),
                "SET #state = :failed, mail_state = :mail, failure_reason = :reason, "
                f"update_time = :now, {MOVES}, {KEEP}",
                "#state IN (:sent, :opened) AND token_hash = :token_hash",
                names={"#state": "state"},
                values={
                    ":failed": FAILED_TO_SEND,
                    ":mail": MAIL_FAILED,
                    ":reason": reason,
                    ":now": now,
                    ":sent": OPEN_STATES[0],
                    ":opened": OPEN_STATES[1],
                    **moved(job, FAILED_TO_SEND),
                    ":token_hash": job.token_hash,
                    **keep_values(job.id, now),
                },
            )
        except ConditionFailed as refusal:
            item = refusal.item or {}
        return self._settled(job, item)

    def _settled(self, job: BindingJob, item: dict[str, Any]) -> BindingJob:
        """The entry goes with the job's own word for it; a newer link has an entry of its own."""
        key = keys.outbox(job.tenant_id, job.realm_id, job.identity_id, job.id)
        if not item:
            self._table.delete(key)
            return job
        stored = decode(BindingJob, item)
        if stored.mail_state != MAIL_PENDING:
            self._table.delete(key)
        return stored


def entry_of(item: Item) -> OutboxEntry:
    return OutboxEntry(item["pk"], item["sk"], int(item["due"]), int(item["attempts"]))


def claimed(table: Table, entry: OutboxEntry, until: int) -> bool:
    """Take an entry of any outbox until then; of any number of callers exactly one gets True."""
    try:
        table.update(
            Key(entry.pk, entry.sk),
            "SET due = :until, attempts = :more",
            "due = :due AND attempts = :attempts",
            values={
                ":until": until,
                ":more": entry.attempts + 1,
                ":due": entry.due,
                ":attempts": entry.attempts,
            },
        )
    except (ConditionFailed, Contended):
        return False
    return True


def outbox_write(table: Table, job: BindingJob) -> dict[str, Any]:
    """Return the write that puts a job's mail into the outbox, not due before whoever makes the
    job has had time to send it."""
    key = keys.outbox(job.tenant_id, job.realm_id, job.identity_id, job.id)
    return table.put_write({**key._asdict(), "due": job.update_time + FIRST_RETRY_S, "attempts": 0})


def may_receive(job: BindingJob) -> dict[str, Any]:
    """Return the condition on a job's identity: it is active, and a mailed link goes to the
    address that is its own."""
    condition, names, values = "#status = :active", {"#status": "status"}, {":active": ACTIVE}
    if job.recipient:
        condition += " AND traits.primary_email_address = :recipient"
        values[":recipient"] = job.recipient
    return {"condition": condition, "names": names, "values": values}


def _job_key(job: BindingJob) -> Key:
    return keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)
