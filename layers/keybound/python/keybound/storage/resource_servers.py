"""Resource servers in the Directory: one item each, in their realm's partition."""

from keybound.domain.application import ResourceServer
from keybound.domain.ids import ResourceServerId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode
from keybound.storage.table import Table


class ResourceServers:
    """Satisfies `keybound.directory.ports_configuration.ResourceServers`."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def find(self, where: RealmPath, resource_server_id: str) -> ResourceServer | None:
        key = keys.resource_server(
            where.tenant_id, where.realm_id, ResourceServerId(resource_server_id)
        )
        item = self._table.get(key)
        return None if item is None else decode(ResourceServer, item)
