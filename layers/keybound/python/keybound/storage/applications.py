"""Applications in the Directory: one item each, in their realm's partition.

An application that names an authenticator config raises that config's `reference_epoch` in its own
transaction. A deletion of the config is conditional on the epoch, so of "delete the config" and
"begin to use it" at the same time only one succeeds.
"""

from typing import Any

from keybound.domain.application import Application
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.realm_items import RealmItems
from keybound.storage.table import Table


class Applications:
    """Satisfies `keybound.directory.ports_configuration.Applications`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RealmItems(directory, Application, keys.application, randomness)
        self._configs = AuthenticatorConfigs(directory, randomness)

    def create(self, application: Application) -> bool:
        return self._items.create(application, self._reference(application))

    def find(self, where: RealmPath, application_id: str) -> Versioned[Application] | None:
        return self._items.find(where, application_id)

    def replace(self, before: Versioned[Application], after: Application) -> bool:
        kept = before.entity.authenticator_config_id == after.authenticator_config_id
        return self._items.replace(before, after, [] if kept else self._reference(after))

    def remove(self, before: Versioned[Application]) -> bool:
        return self._items.remove(before)

    def all(self, where: RealmPath) -> tuple[Application, ...]:
        return self._items.all(where)

    def _reference(self, application: Application) -> list[dict[str, Any]]:
        config_id = application.authenticator_config_id
        if config_id is None:
            return []
        where = RealmPath(application.tenant_id, application.realm_id)
        return [self._configs.reference(where, config_id)]
