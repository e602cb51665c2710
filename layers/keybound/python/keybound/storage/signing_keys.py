"""Reads and writes the published signing keys of the Directory table: one item an algorithm.

A rotation changes several keys together, and whoever reads meanwhile must see all of it or none: a
moment without a current key would be remembered by every cache. One item gives that; the keys in it
are few and small.
"""

from keybound.domain.signing_key import KeyRing, SigningKey
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.table import ConditionFailed, Contended, Table


class SigningKeys:
    """The keys that the JWKS shows and that tokens are signed with.

    Satisfies `keybound.signing.rotation.KeyRings`.
    """

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def all(self) -> tuple[SigningKey, ...]:
        """Return every published key, consistently, in the order of their ids."""
        items = self._table.query_all("pk = :pk", {":pk": keys.signing_ring("").pk})
        published = (key for item in items for key in decode(KeyRing, item).keys)
        return tuple(sorted(published, key=lambda key: key.kid))

    def ring(self, alg: str) -> KeyRing:
        item = self._table.get(keys.signing_ring(alg))
        return decode(KeyRing, item) if item is not None else KeyRing(alg)

    def replace(self, before: KeyRing, after: KeyRing, attempt_id: str) -> bool:
        revision = {"revision": before.revision + 1, "put_id": attempt_id}
        item = {**keys.signing_ring(after.alg)._asdict(), **encode(after), **revision}
        condition, values = "attribute_not_exists(pk)", {}
        if before.revision:
            condition, values = "revision = :read", {":read": before.revision}
        try:
            self._table.put(item, condition, values=values)
        except ConditionFailed as failed:
            return failed.item is not None and failed.item.get("put_id") == attempt_id
        except Contended:
            return False
        return True
