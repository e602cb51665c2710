"""The one transaction that spends a binding link (docs/adr/0021-one-transaction-spends-a-link.md).

Credential and pointer are put, the job is completed, the identity's list of passkeys grows, the
realm's count rises, a mailed link proves the address that it went to, and word is left for the mail
that tells the owner: all of it, or nothing.
"""

from typing import Any

from keybound.binding.ports import Completed, Outcome
from keybound.domain.binding_job import COMPLETE, BindingJob
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.errors import Unavailable
from keybound.domain.identity import ACTIVE, Identity, PasskeyReference
from keybound.domain.ids import new_uuid
from keybound.domain.passkey_notice import PASSKEY_ADDED
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.binding_jobs import IS_OPEN, OPEN_VALUES
from keybound.storage.codec import Item, decode, encode
from keybound.storage.contention import Contention
from keybound.storage.ended_jobs import KEEP, keep_values
from keybound.storage.job_filters import MOVES, moved
from keybound.storage.passkey_notices import notice_writes
from keybound.storage.proven_addresses import (
    Proof,
    after_refusal,
    claim_writes,
    mark,
    needed_proof,
)
from keybound.storage.realm_counts import CREDENTIALS, count_write
from keybound.storage.realm_lists import list_attributes
from keybound.storage.table import Contended, Table, TransactionFailed

_ABSENT = "attribute_not_exists(pk)"
_CREDENTIAL, _POINTER, _JOB, _IDENTITY, _COUNT, _CLAIM = range(6)
_TRIES = 3


class BindingCompletion:
    """Satisfies `keybound.binding.ports.Completion`."""

    def __init__(self, directory: Table, contention: Contention, *, tells: bool = True) -> None:
        """tells: leave word for a mail to the passkey's owner."""
        self._table = directory
        self._contention = contention
        self._tells = tells

    def complete(
        self, credential: Credential, job: BindingJob, identity: Identity, now: int
    ) -> Completed:
        attempt = new_uuid(self._contention.randomness)
        proof = needed_proof(identity, job.recipient)
        for _ in range(_TRIES):
            try:
                return self._try(credential, job, identity, now, attempt, proof)
            except TransactionFailed as refusal:
                if proof is None or not _lost_only_the_proof(refusal):
                    return _judge(refusal, attempt)
                proof = after_refusal(self._table, proof, refusal.items[_CLAIM])
        raise Unavailable(detail="lost every race for the address")

    def _try(
        self,
        credential: Credential,
        job: BindingJob,
        identity: Identity,
        now: int,
        attempt: str,
        proof: Proof | None,
    ) -> Completed:
        try:
            self._contention.retry(
                lambda: self._apply(credential, job, identity, now, attempt, proof)
            )
        except Contended:
            raise
        except Unavailable:
            # The answer was lost, and with it whether the link is spent: look before giving up,
            # because the person could not use this link again.
            if not self._took_effect(job, attempt):
                raise
        return Completed(Outcome.BOUND)

    def _took_effect(self, job: BindingJob, attempt: str) -> bool:
        stored = self._table.get(_job_key(job))
        return stored is not None and stored.get("end_id") == attempt

    def _apply(
        self,
        credential: Credential,
        job: BindingJob,
        identity: Identity,
        now: int,
        attempt: str,
        proof: Proof | None,
    ) -> None:
        path = RealmPath(job.tenant_id, job.realm_id)
        shard = self._contention.draw(keys.COUNT_SHARDS)
        writes = [
            self._table.put_write(credential_item(credential, path, attempt), _ABSENT),
            self._table.put_write(pointer_item(credential, attempt), _ABSENT),
            self._spend(job, credential, now, attempt),
            self._add_passkey(identity, credential, proof),
            count_write(self._table, path, CREDENTIALS, shard, 1),
            *claim_writes(self._table, proof, attempt),
        ]
        if self._tells:
            writes += notice_writes(self._table, credential, identity, PASSKEY_ADDED, now)
        self._table.transact(writes, new_uuid(self._contention.randomness))

    def _spend(
        self, job: BindingJob, credential: Credential, now: int, attempt: str
    ) -> dict[str, Any]:
        return self._table.update_write(
            _job_key(job),
            "SET #state = :complete, credential_id = :credential, update_time = :now, "
            f"end_id = :attempt, {MOVES}, {KEEP}",
            f"{IS_OPEN} AND token_hash = :token_hash AND expire_time > :now",
            names={"#state": "state"},
            values={
                ":complete": COMPLETE,
                ":credential": credential.id,
                ":now": now,
                ":attempt": attempt,
                ":token_hash": job.token_hash,
                **moved(job, COMPLETE),
                **OPEN_VALUES,
                **keep_values(job.id, now),
            },
        )

    def _add_passkey(
        self, identity: Identity, credential: Credential, proof: Proof | None
    ) -> dict[str, Any]:
        proven, unchanged, values = mark(proof)
        added = PasskeyReference(credential.id, credential.credential_id, credential.transports)
        return self._table.update_write(
            keys.identity(identity.tenant_id, identity.realm_id, identity.id),
            "SET passkeys = list_append(if_not_exists(passkeys, :none), :added), "
            f"credential_epoch = :next{proven} ADD credential_count :one",
            f"#status = :active AND credential_epoch = :epoch{unchanged}",
            names={"#status": "status"},
            values={
                ":none": [],
                ":added": [encode(added)],
                ":active": ACTIVE,
                ":epoch": identity.credential_epoch,
                ":next": identity.credential_epoch + 1,
                ":one": 1,
                **values,
            },
        )


def _lost_only_the_proof(refusal: TransactionFailed) -> bool:
    return set(refusal.reasons[:_CLAIM]) == {"None"}


def _judge(refusal: TransactionFailed, attempt: str) -> Completed:
    """Say why nothing was written. The job speaks first: a spent link ends every other question."""
    job = refusal.items[_JOB]
    if job is not None and job.get("end_id") == attempt:
        return Completed(Outcome.BOUND)  # botocore repeated a write whose answer was lost
    if refusal.reasons[_JOB] != "None":
        ended = decode(BindingJob, job) if job is not None else None
        return Completed(Outcome.LINK_ENDED, ended)
    if refusal.reasons[_IDENTITY] != "None":
        return Completed(Outcome.IDENTITY_CHANGED)
    if refusal.reasons[_CREDENTIAL] != "None":
        return Completed(Outcome.CREDENTIAL_EXISTS)
    raise Unavailable(detail="credential id drawn twice")


def _job_key(job: BindingJob) -> keys.Key:
    return keys.binding_job(job.tenant_id, job.realm_id, job.identity_id, job.id)


def credential_item(credential: Credential, path: RealmPath, attempt: str) -> Item:
    """Return the item under the credential's WebAuthn id, listed in its realm."""
    hashed = credential_hash(from_b64url(credential.credential_id))
    return {
        **keys.credential(path.tenant_id, path.realm_id, hashed)._asdict(),
        **encode(credential),
        **list_attributes(path, CREDENTIALS, credential.create_time, credential.id),
        "put_id": attempt,
    }


def pointer_item(credential: Credential, attempt: str) -> Item:
    """Return the item by which its short id leads to the credential."""
    key = keys.credential_pointer(
        credential.tenant_id, credential.realm_id, credential.identity_id, credential.id
    )
    hashed = credential_hash(from_b64url(credential.credential_id))
    return {**key._asdict(), "credential_hash": hashed, "put_id": attempt}
