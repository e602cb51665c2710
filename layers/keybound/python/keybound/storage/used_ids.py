"""Ids that may be used once, in the Grants table: of client assertions and of DPoP proofs.

Satisfies UsedAssertions and UsedProofs of `keybound.oauth.ports_keys`.
"""

from keybound.domain.ids import ApplicationId
from keybound.domain.secrets import Randomness, new_secret
from keybound.storage import keys
from keybound.storage.table import ConditionFailed, Table

_FIRST_USE = "attribute_not_exists(pk) OR expires_at < :now"
KEEP_S = 3600


class UsedIds:
    """Remembers each id until what carries it has expired: one conditional put."""

    def __init__(self, grants: Table, randomness: Randomness) -> None:
        self._table = grants
        self._randomness = randomness

    def use_assertion(self, a: ApplicationId, jti: str, *, expires_at: int, now: int) -> bool:
        return self._use(keys.used_assertion(a, jti), expires_at, now)

    def use_proof(self, jkt: str, jti: str, *, expires_at: int, now: int) -> bool:
        return self._use(keys.used_proof(jkt, jti), expires_at, now)

    def _use(self, key: keys.Key, expires_at: int, now: int) -> bool:
        """An item past its time says nothing, whether TTL has removed it or not."""
        use_id = new_secret(self._randomness, 16)
        item = {"use_id": use_id, "expires_at": expires_at, "ttl": expires_at + KEEP_S}
        try:
            self._table.put({**key._asdict(), **item}, _FIRST_USE, values={":now": now})
        except ConditionFailed as failed:
            return failed.item is not None and failed.item.get("use_id") == use_id
        return True
