"""Who signs in by an e-mail address. Satisfies `keybound.oauth.ports_otp.AddressOwners`.

A proven address leads to its one owner by its claim. For one that nobody has proven an index says
where to look, and what it shows is read again, consistently; whoever then signs in proves the
address in a transaction that only one identity wins
(docs/adr/0051-one-time-passwords.md).
"""

from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, new_uuid
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode
from keybound.storage.contention import Contention
from keybound.storage.identity_filters import EMAIL, matches, part_of
from keybound.storage.proven_addresses import (
    Proof,
    after_refusal,
    claim_writes,
    mark,
    needed_proof,
)
from keybound.storage.realm_lists import indexed_list
from keybound.storage.table import Table, TransactionFailed

_TRIES = 3
_IDENTITY, _CLAIM = 0, 1


class AddressOwners:
    """Reads the Directory, and marks addresses as proven."""

    def __init__(self, directory: Table, contention: Contention) -> None:
        self._table = directory
        self._contention = contention

    def find(self, path: RealmPath, address: str) -> Identity | None:
        owner = self._proven(path, address) or self._only(path, address)
        return owner if owner is not None and owner.is_active else None

    def knows(self, path: RealmPath, address: str) -> bool:
        claim = self._table.get(keys.username(path.tenant_id, path.realm_id, address))
        return (
            claim is not None
            or self._proven(path, address) is not None
            or bool(self._having(path, address))
        )

    def get(self, path: RealmPath, identity_id: IdentityId) -> Identity | None:
        item = self._table.get(keys.identity(path.tenant_id, path.realm_id, identity_id))
        return decode(Identity, item) if item is not None else None

    def prove(self, identity: Identity, address: str) -> Identity | None:
        path, attempt = RealmPath(identity.tenant_id, identity.realm_id), self._new_id()
        for _ in range(_TRIES):
            if not identity.is_active or identity.email != address:
                return None
            proof = needed_proof(identity, address)
            if proof is None:
                return identity
            refusal = self._claimed(proof, attempt)
            if refusal is not None and refusal.reasons[_CLAIM] != "None":
                proof = after_refusal(self._table, proof, refusal.items[_CLAIM])
                if proof is None:
                    return None
                refusal = self._claimed(proof, attempt)
            found = self.get(path, identity.id)
            if found is None:
                return None
            identity = found
        return None

    def _proven(self, path: RealmPath, address: str) -> Identity | None:
        claim = self._table.get(keys.proven_address(path.tenant_id, path.realm_id, address))
        owner = self.get(path, IdentityId(claim["identity_id"])) if claim else None
        if owner is None or not owner.email_verified or not matches(owner, {EMAIL: address}):
            return None
        return owner

    def _only(self, path: RealmPath, address: str) -> Identity | None:
        """Return the identity whose address it is, if it is nobody else's."""
        having = self._having(path, address)
        return having[0] if len(having) == 1 else None

    def _having(self, path: RealmPath, address: str) -> list[Identity]:
        wanted = {EMAIL: address}
        found, _ = indexed_list(self._table, Identity, part_of(path, wanted), size=20)
        return [identity for identity in found if matches(identity, wanted)]

    def _claimed(self, proof: Proof, attempt: str) -> TransactionFailed | None:
        """Mark the identity and claim the address, both or neither; None when it was done."""
        who = proof.identity
        marked, unchanged, values = mark(proof)
        writes = [
            self._table.update_write(
                keys.identity(who.tenant_id, who.realm_id, who.id),
                f"SET {marked.removeprefix(', ')}",
                f"#status = :active{unchanged}",
                names={"#status": "status"},
                values={":active": who.status, **values},
            ),
            *claim_writes(self._table, proof, attempt),
        ]
        try:
            self._contention.retry(lambda: self._table.transact(writes, self._new_id()))
        except TransactionFailed as refusal:
            return refusal
        return None

    def _new_id(self) -> str:
        return new_uuid(self._contention.randomness)
