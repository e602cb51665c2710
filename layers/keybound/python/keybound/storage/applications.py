"""Applications in the Directory: one item each, in their realm's partition.

An application that names an authenticator config or a resource server raises its `reference_epoch`
in its own transaction. A deletion of those is conditional on the epoch, so of "delete the config"
and "begin to use it" at the same time only one succeeds.
"""

from typing import Any

from keybound.domain.application import Application
from keybound.domain.receipt import Writes
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.realm_items import RealmItems
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.table import Table


class Applications:
    """Satisfies `keybound.directory.ports_configuration.Applications`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RealmItems(directory, Application, keys.application, randomness)
        self._configs = AuthenticatorConfigs(directory, randomness)
        self._servers = ResourceServers(directory, randomness)

    def create(self, application: Application, also: Writes = ()) -> bool:
        return self._items.create(application, [*self._references(application, None), *also])

    def find(self, where: RealmPath, application_id: str) -> Versioned[Application] | None:
        return self._items.find(where, application_id)

    def replace(
        self, before: Versioned[Application], after: Application, also: Writes = ()
    ) -> bool:
        writes = [*self._references(after, before.entity), *also]
        return self._items.replace(before, after, writes)

    def remove(self, before: Versioned[Application]) -> bool:
        return self._items.remove(before)

    def all(self, where: RealmPath) -> tuple[Application, ...]:
        return self._items.all(where)

    def _references(
        self, application: Application, before: Application | None
    ) -> list[dict[str, Any]]:
        """The writes by which it begins to refer to what it did not refer to before."""
        where = RealmPath(application.tenant_id, application.realm_id)
        config_id, server_id = application.authenticator_config_id, application.resource_server_id
        writes = []
        if config_id is not None and (not before or before.authenticator_config_id != config_id):
            writes.append(self._configs.reference(where, config_id))
        if server_id is not None and (not before or before.resource_server_id != server_id):
            writes.append(self._servers.reference(where, server_id))
        return writes
