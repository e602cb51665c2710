"""Applications in the Directory: one item each, in their realm's partition.

An application that names an authenticator config raises that config's `reference_epoch` in its own
transaction. A deletion of the config is conditional on the epoch, so of "delete the config" and
"begin to use it" at the same time only one succeeds.
"""

from typing import Any

from keybound.domain.application import Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.ids import ApplicationId
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table


class Applications:
    """Satisfies `keybound.directory.ports_configuration.Applications`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RevisedItems(directory, Application, randomness)
        self._configs = RevisedItems(directory, AuthenticatorConfig, randomness)

    def create(self, application: Application) -> bool:
        return self._items.create(_key(application), application, self._reference(application))

    def find(self, where: RealmPath, application_id: str) -> Versioned[Application] | None:
        key = keys.application(where.tenant_id, where.realm_id, ApplicationId(application_id))
        return self._items.find(key)

    def replace(self, before: Versioned[Application], after: Application) -> bool:
        kept = before.entity.authenticator_config_id == after.authenticator_config_id
        also = [] if kept else self._reference(after)
        return self._items.replace(_key(after), before, after, also)

    def remove(self, before: Versioned[Application]) -> bool:
        return self._items.remove(_key(before.entity), before)

    def all(self, where: RealmPath) -> tuple[Application, ...]:
        return self._items.all(
            *keys.application(where.tenant_id, where.realm_id, ApplicationId(""))
        )

    def _reference(self, application: Application) -> list[dict[str, Any]]:
        config_id = application.authenticator_config_id
        if config_id is None:
            return []
        key = keys.authenticator_config(application.tenant_id, application.realm_id, config_id)
        return [self._configs.reference_write(key)]


def _key(application: Application) -> keys.Key:
    return keys.application(application.tenant_id, application.realm_id, application.id)
