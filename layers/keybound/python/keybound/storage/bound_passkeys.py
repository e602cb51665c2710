"""Which relying parties the passkeys of a realm belong to.

Found through the index by_list, which lags behind the table by moments. That is enough here: the
answer warns an administrator, and a ceremony under way may bind under the old RP ID for as long as
configuration is cached anyway.
"""

from typing import Any

from keybound.domain.credential import ACTIVE
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.table import Table

_PAGE = 100
_MAX_PAGES = 50


class BoundPasskeys:
    """Satisfies `keybound.directory.ports_configuration.BoundPasskeys`.

    Costs one index query and one batch read per 100 passkeys, until the first that matches; after
    5,000 without a match it says that there may be one.
    """

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def exist_for(self, where: RealmPath, relying_party_id: str) -> bool:
        partition = keys.list_partition(where.tenant_id, where.realm_id, "credentials")
        start: dict[str, Any] | None = None
        for _ in range(_MAX_PAGES):
            entries, start = self._table.query(
                "lpk = :lpk", {":lpk": partition}, index=keys.BY_LIST, limit=_PAGE, start=start
            )
            found = self._table.get_many([keys.Key(e["pk"], e["sk"]) for e in entries])
            if any(_matches(item, relying_party_id) for item in found if item is not None):
                return True
            if start is None:
                return False
        return True


def _matches(item: dict[str, Any], relying_party_id: str) -> bool:
    return item.get("relying_party_id") == relying_party_id and item.get("state") == ACTIVE
