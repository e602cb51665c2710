"""Authenticator configs in the Directory: one item each, in their realm's partition."""

from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.ids import AuthenticatorConfigId
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.revised_items import RevisedItems
from keybound.storage.table import Table


class AuthenticatorConfigs:
    """Satisfies `keybound.directory.ports_configuration.AuthenticatorConfigs`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RevisedItems(directory, AuthenticatorConfig, randomness)

    def create(self, config: AuthenticatorConfig) -> bool:
        return self._items.create(_key(config), config)

    def find(self, where: RealmPath, config_id: str) -> Versioned[AuthenticatorConfig] | None:
        return self._items.find(_named(where, config_id))

    def replace(self, before: Versioned[AuthenticatorConfig], after: AuthenticatorConfig) -> bool:
        return self._items.replace(_key(after), before, after)

    def remove(self, before: Versioned[AuthenticatorConfig]) -> bool:
        return self._items.remove(_key(before.entity), before)

    def all(self, where: RealmPath) -> tuple[AuthenticatorConfig, ...]:
        return self._items.all(*_named(where, ""))


def _named(where: RealmPath, config_id: str) -> keys.Key:
    return keys.authenticator_config(
        where.tenant_id, where.realm_id, AuthenticatorConfigId(config_id)
    )


def _key(config: AuthenticatorConfig) -> keys.Key:
    return keys.authenticator_config(config.tenant_id, config.realm_id, config.id)
