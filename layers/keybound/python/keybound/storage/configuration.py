"""Reads of what changes seldom: realms, applications, configs, resource servers, signing keys.

Served from memory for at most `ttl_s` seconds (30 in a deployment, 0 in development) and never
past it: when the read that should refresh an entry fails, the caller gets Unavailable. Absence is
cached too, briefly, so that unknown ids cost no more reads than known ones. What is in a realm is
read together with the realm: of one that is gone nothing is found, also while it is cleared away.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.group import Role
from keybound.domain.ids import (
    ApplicationId,
    AuthenticatorConfigId,
    RealmId,
    ResourceServerId,
    RoleId,
    TenantId,
)
from keybound.domain.signing_key import SigningKey
from keybound.domain.tenancy import Realm, Tenant
from keybound.domain.theme import Theme
from keybound.domain.token_limits import TokenLimits
from keybound.storage import keys
from keybound.storage.codec import decode
from keybound.storage.signing_keys import SigningKeys
from keybound.storage.table import Table

_MAX_ENTRIES = 4096
_Value = TypeVar("_Value")


class Configuration:
    """Cached, consistent reads of the Directory's configuration items.

    limits: applications are returned with no token lifetime above them.
    """

    def __init__(
        self, directory: Table, clock: Clock, ttl_s: int, limits: TokenLimits | None = None
    ) -> None:
        self._table = directory
        self._clock = clock
        self._ttl_s = ttl_s
        self._limits = limits or TokenLimits()
        self._entries: dict[object, tuple[int, Any]] = {}

    def find_tenant(self, t: TenantId) -> Tenant | None:
        return self._read(Tenant, keys.tenant(t))

    def find_realm(self, t: TenantId, r: RealmId) -> Realm | None:
        return self._read(Realm, keys.realm(t, r))

    def find_application(self, t: TenantId, r: RealmId, a: ApplicationId) -> Application | None:
        found = self._read(Application, keys.application(t, r, a), keys.realm(t, r))
        return self._limits.applied_to(found) if found is not None else None

    def find_client(self, t: TenantId, r: RealmId, client_id: str) -> Application | None:
        """All clients of a realm are read at once, so that guessing ids costs no more reads."""

        def read() -> dict[str, Application]:
            if self.find_realm(t, r) is None:
                return {}
            partition, prefix = keys.application(t, r, ApplicationId(""))
            items = self._table.query_all(
                "pk = :pk AND begins_with(sk, :prefix)", {":pk": partition, ":prefix": prefix}
            )
            found = (decode(Application, item) for item in items)
            return {each.client_id: self._limits.applied_to(each) for each in found}

        return self._cached(("clients", t, r), read).get(client_id)

    def find_authenticator_config(
        self, t: TenantId, r: RealmId, c: AuthenticatorConfigId
    ) -> AuthenticatorConfig | None:
        key = keys.authenticator_config(t, r, c)
        return self._read(AuthenticatorConfig, key, keys.realm(t, r))

    def find_resource_server(
        self, t: TenantId, r: RealmId, s: ResourceServerId
    ) -> ResourceServer | None:
        return self._read(ResourceServer, keys.resource_server(t, r, s), keys.realm(t, r))

    def find_theme(self, t: TenantId, r: RealmId) -> Theme | None:
        return self._read(Theme, keys.theme(t, r), keys.realm(t, r))

    def find_roles(self, t: TenantId, r: RealmId, s: ResourceServerId) -> tuple[Role, ...]:
        """All roles of a resource server at once: with scopes and groups, without members."""

        def read() -> tuple[Role, ...]:
            partition, prefix = keys.role(t, r, s, RoleId(""))
            items = self._table.query_all(
                "pk = :pk AND begins_with(sk, :prefix)", {":pk": partition, ":prefix": prefix}
            )
            return tuple(decode(Role, item) for item in items)

        return self._cached(("roles", t, r, s), read)

    def signing_keys(self) -> tuple[SigningKey, ...]:
        return self._cached("signing keys", SigningKeys(self._table).all)

    def _read(
        self, kind: type[_Value], key: keys.Key, realm: keys.Key | None = None
    ) -> _Value | None:
        def read() -> _Value | None:
            if realm is None:
                item = self._table.get(key)
            else:
                item, around = self._table.get_many([key, realm])
                item = item if around is not None else None
            return decode(kind, item) if item is not None else None

        return self._cached((kind, key), read)

    def _cached(self, name: object, read: Callable[[], _Value]) -> _Value:
        now = self._clock()
        entry = self._entries.get(name)
        if entry is not None and now < entry[0]:
            value: _Value = entry[1]
            return value
        value = read()
        if len(self._entries) >= _MAX_ENTRIES:
            self._entries.clear()
        self._entries[name] = (now + self._ttl_s, value)
        return value
