"""Authenticator configs in the Directory: one item each, in their realm's partition."""

from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.secrets import Randomness
from keybound.storage import keys
from keybound.storage.realm_items import RealmItems
from keybound.storage.table import Table


class AuthenticatorConfigs(RealmItems[AuthenticatorConfig]):
    """Satisfies `keybound.directory.ports_configuration.AuthenticatorConfigs`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        super().__init__(directory, AuthenticatorConfig, keys.authenticator_config, randomness)
