"""Reads, creates and removes the wrapped sealing keys of the Directory table."""

from keybound.domain.sealing_key import WrappedKey
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.table import ConditionFailed, Table


class SealingKeys:
    """Satisfies `keybound.signing.data_keys.WrappedKeys`."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def of(self, purpose: str) -> list[WrappedKey]:
        """Return every version of a purpose, consistently."""
        pk = keys.sealing_key(purpose, "").pk
        items = self._table.query_all("pk = :pk", {":pk": pk})
        return [decode(WrappedKey, item) for item in items]

    def create(self, key: WrappedKey) -> bool:
        """Store a version; False when that kid exists already."""
        item = {**keys.sealing_key(key.purpose, key.kid)._asdict(), **encode(key)}
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed:
            return False
        return True

    def remove(self, key: WrappedKey) -> bool:
        """Take a version away for good; False when it is gone already, or is another key."""
        try:
            self._table.delete(
                keys.sealing_key(key.purpose, key.kid),
                "#wrapped = :wrapped",
                names={"#wrapped": "wrapped"},  # a reserved word
                values={":wrapped": key.wrapped},
            )
        except ConditionFailed:
            return False
        return True
