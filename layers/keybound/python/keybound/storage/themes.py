"""Themes in the Directory: one item in its realm's partition, at a key that allows one only."""

from keybound.domain.ids import RealmId, TenantId
from keybound.domain.receipt import Writes
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.theme import Theme
from keybound.domain.versioned import Versioned
from keybound.storage import keys
from keybound.storage.realm_items import RealmItems
from keybound.storage.table import Table


class Themes:
    """Satisfies `keybound.directory.ports_tenancy.Themes`."""

    def __init__(self, directory: Table, randomness: Randomness) -> None:
        self._items = RealmItems(directory, Theme, _key, randomness)

    def find(self, where: RealmPath) -> Versioned[Theme] | None:
        return self._items.find(where, "")

    def create(self, theme: Theme, also: Writes = ()) -> bool:
        return self._items.create(theme, also)

    def replace(self, before: Versioned[Theme], after: Theme) -> bool:
        return self._items.replace(before, after)


def _key(t: TenantId, r: RealmId, _: str) -> keys.Key:
    return keys.theme(t, r)
