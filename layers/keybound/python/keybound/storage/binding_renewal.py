"""The transaction that gives a binding job a new link."""

from typing import Any

from keybound.domain.binding_job import FAILED_TO_SEND, LINK_OPENED, LINK_SENT, BindingJob
from keybound.domain.receipt import Writes
from keybound.storage import keys
from keybound.storage.job_filters import filter_attributes
from keybound.storage.mail_outbox import may_receive, outbox_write
from keybound.storage.table import Table


def renewal(
    table: Table, before: BindingJob, after: BindingJob, attempt: str, counted: Writes = ()
) -> list[dict[str, Any]]:
    """Return the job's update first, then the check of its identity, then what counts the link,
    then the mail if there is one."""
    t, r, i = after.tenant_id, after.realm_id, after.identity_id
    writes = [
        _update(table, before, after, attempt),
        table.check_write(keys.identity(t, r, i), **may_receive(after)),
        *counted,
    ]
    return [*writes, outbox_write(table, after)] if after.mail_state else writes


def _update(table: Table, before: BindingJob, after: BindingJob, attempt: str) -> dict[str, Any]:
    changed = {
        "token_hash": after.token_hash,
        "token_version": after.token_version,
        "token_nonce": after.token_nonce,
        "derive_kid": after.derive_kid,
        "expire_time": after.expire_time,
        "update_time": after.update_time,
        "epk": keys.end_partition(keys.end_shard(after.id)),
        "esk": keys.end_sort(after.expire_time, after.id),
        "renew_id": attempt,
        "adding_proof": after.adding_proof,
        "signed_in_at": after.signed_in_at,
        **filter_attributes(after),
    }
    if after.mail_state:
        changed |= {"recipient": after.recipient, "mail_state": after.mail_state}
    sets = ", ".join(f"{name} = :{name}" for name in changed)
    return table.update_write(
        keys.binding_job(after.tenant_id, after.realm_id, after.identity_id, after.id),
        f"SET #state = :sent, {sets} REMOVE failure_reason",
        "#state IN (:sent, :opened, :failed) AND token_hash = :before AND expire_time > :now",
        names={"#state": "state"},
        values={
            **{f":{name}": value for name, value in changed.items()},
            ":sent": LINK_SENT,
            ":opened": LINK_OPENED,
            ":failed": FAILED_TO_SEND,
            ":before": before.token_hash,
            ":now": after.update_time,
        },
    )
