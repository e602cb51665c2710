"""Lists of one identity: a prefix of its own partition, page by page, in the order of ids.

Read consistently. A page costs what it shows, and what `skip` passes over.
"""

from collections.abc import Mapping

from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.table import Table

Start = Mapping[str, str]


def own_list(
    table: Table,
    path: RealmPath,
    identity_id: IdentityId,
    prefix: str,
    *,
    size: int,
    skip: int = 0,
    start: Start | None = None,
) -> tuple[list[Item], dict[str, str] | None]:
    """Return up to `size` items whose sort key begins with `prefix` and, if there are more, the
    key to go on from."""
    pk = keys.identity(path.tenant_id, path.realm_id, identity_id).pk
    found: list[Item] = []
    last: Mapping[str, object] | None = start
    while len(found) <= skip + size:
        page, last = table.query(
            "pk = :pk AND begins_with(sk, :prefix)",
            {":pk": pk, ":prefix": prefix},
            limit=skip + size + 1 - len(found),
            start=last,
        )
        found += page
        if not last:
            break
    shown, more = found[skip : skip + size], len(found) > skip + size
    return shown, {"pk": pk, "sk": str(shown[-1]["sk"])} if more else None
