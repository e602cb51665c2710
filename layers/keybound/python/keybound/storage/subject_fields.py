"""What the applications of a realm know people by: their `subject_field`s, read consistently."""

from keybound.domain.ids import ApplicationId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.table import Table


class SubjectFields:
    """Satisfies `keybound.directory.ports.SubjectFields`."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def in_use(self, path: RealmPath) -> frozenset[str]:
        pk, prefix = keys.application(path.tenant_id, path.realm_id, ApplicationId(""))
        found = self._table.query_all(
            "pk = :pk AND begins_with(sk, :prefix)", {":pk": pk, ":prefix": prefix}
        )
        return frozenset(item.get("subject_field", "id") for item in found)
