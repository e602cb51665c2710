"""A proven e-mail address belongs to one identity of its realm.

The claim is an item whose key is the address's hash, written in the transaction that marks the
identity, on condition that nobody else has it, or that it is the very claim of somebody who was
seen to have lost the address. Proving again writes the claim anew, so what was seen still holds.
Nothing is released when an address changes or an identity goes
(docs/adr/0049-a-proven-address-has-one-owner.md).
"""

from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.email_address import same_address
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.storage import keys
from keybound.storage.codec import Item, decode
from keybound.storage.table import Table


@dataclass(frozen=True)
class Proof:
    """That an identity reads what is sent to an address. outlived: the `put_id` of the claim that
    it takes over, if any."""

    identity: Identity
    address: str
    outlived: str = ""


def needed_proof(identity: Identity, address: str) -> Proof | None:
    """Return what a mail to `address` proves, or None when that is nothing new: it is not the
    identity's address any more, or was proven before."""
    if not address or address != identity.email or identity.email_verified:
        return None
    return Proof(identity, address)


def mark(proof: Proof | None) -> tuple[str, str, dict[str, Any]]:
    """Return what to add to the identity's own update: SET, condition, values."""
    if proof is None:
        return "", "", {}
    condition = " AND traits.primary_email_address = :proven"
    return ", verified_email = :proven", condition, {":proven": proof.address}


def claim_writes(table: Table, proof: Proof | None, attempt: str) -> list[dict[str, Any]]:
    """Return the write that claims the address, to stand at the end of the transaction."""
    if proof is None:
        return []
    who = proof.identity
    key = keys.proven_address(who.tenant_id, who.realm_id, proof.address)
    item = {**key._asdict(), "identity_id": who.id, "put_id": attempt}
    condition = "attribute_not_exists(pk) OR identity_id = :own OR put_id = :outlived"
    values = {":own": who.id, ":outlived": proof.outlived}
    return [table.put_write(item, condition, values=values)]


def after_refusal(table: Table, proof: Proof, claim: Item | None) -> Proof | None:
    """Return the proof to try next when another identity had the claim: one that takes it over, or
    None when the address is still that one's."""
    if claim is None:
        return proof
    who = proof.identity
    owner = keys.identity(who.tenant_id, who.realm_id, IdentityId(claim["identity_id"]))
    item = table.get(owner)
    holder = decode(Identity, item) if item is not None else None
    owned = holder.email if holder is not None and holder.email_verified else ""
    if same_address(owned) == same_address(proof.address):
        return None
    return replace(proof, outlived=claim["put_id"])
