"""Reads and writes the published signing keys of the Directory table."""

from keybound.domain.signing_key import SigningKey
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.table import ConditionFailed, Table


class SigningKeys:
    """The keys that the JWKS shows and that tokens are signed with."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def all(self) -> tuple[SigningKey, ...]:
        """Return every published key, consistently, in the order of their ids."""
        items = self._table.query_all("pk = :pk", {":pk": keys.signing_key("").pk})
        return tuple(decode(SigningKey, item) for item in items)

    def create(self, key: SigningKey) -> bool:
        """Publish a key; False when it is published already."""
        item = {**keys.signing_key(key.kid)._asdict(), **encode(key)}
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed:
            return False
        return True
