"""Records passkey use on the credential: counter, backup state, time."""

from typing import Any

from keybound.domain.credential import ACTIVE, Credential
from keybound.storage import keys
from keybound.storage.table import ConditionFailed, Table


class PasskeyUse:
    """One conditional update; a counter only rises."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def record_use(
        self,
        credential: Credential,
        credential_hash: str,
        *,
        sign_count: int | None,
        backup_state: bool,
        now: int,
        use_id: str,
    ) -> bool:
        key = keys.credential(credential.tenant_id, credential.realm_id, credential_hash)
        sets = ["last_used_time = :now", "backup_state = :backup", "use_id = :use"]
        values: dict[str, Any] = {
            ":use": use_id,
            ":now": now,
            ":backup": backup_state,
            ":active": ACTIVE,
            ":owner": credential.identity_id,
        }
        condition = "#state = :active AND identity_id = :owner"
        if sign_count is not None:
            sets.append("sign_count = :count")
            condition += " AND sign_count < :count"
            values[":count"] = sign_count
        try:
            self._table.update(
                key, f"SET {', '.join(sets)}", condition, names={"#state": "state"}, values=values
            )
        except ConditionFailed as failed:
            return _may_stand(credential, failed.item, use_id)
        return True


def _may_stand(credential: Credential, item: dict[str, Any] | None, use_id: str) -> bool:
    """A repeat of this very write, whose first answer was lost, finds its own id in place.

    Otherwise a parallel login moved the counter further, which stops a device-bound passkey only.
    """
    if item is None or item["state"] != ACTIVE or item["identity_id"] != credential.identity_id:
        return False
    return item.get("use_id") == use_id or credential.backup_eligible
