"""That a passkey binding token has had its job: written with the job, in one transaction."""

from typing import Any

from keybound.storage import keys
from keybound.storage.table import Table

_KEPT_S = 3600


class BindingTokenUses:
    """One item a login, in the Grants table."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def was_used(self, challenge_hash: str) -> bool:
        return self._table.get(keys.used_binding_token(challenge_hash)) is not None

    def use_write(self, challenge_hash: str, expires_at: int) -> dict[str, Any]:
        """Return the write that uses the token up; it fails when that was done before."""
        item = {**keys.used_binding_token(challenge_hash)._asdict(), "ttl": expires_at + _KEPT_S}
        return self._table.put_write(item, "attribute_not_exists(pk)")
