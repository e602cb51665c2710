"""What the flows of realms, applications and authenticator configs need from outside.

Every read is consistent. Writers answer False instead of overwriting what they have not seen; the
caller reads again and decides anew. All of them raise Unavailable when nobody can tell.
"""

from typing import Protocol

from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.ids import RealmId, TenantId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import Realm, RealmPath
from keybound.domain.versioned import Versioned


class Realms(Protocol):
    """Realms of a tenant."""

    def create(self, realm: Realm, also: Writes = ()) -> bool:
        """Store a realm and `also`; False when its id is taken or one of `also` fails."""

    def find(self, tenant_id: TenantId, realm_id: RealmId) -> Realm | None: ...

    def all(self, tenant_id: TenantId) -> tuple[Realm, ...]:
        """Return every realm of the tenant, in the order of their ids."""


class SecretSource(Protocol):
    """Derives secrets, so that none need be stored."""

    def current_kid(self) -> str: ...

    def derive(self, item_id: str, version: int, nonce: str, kid: str) -> str:
        """Return 64 URL-safe characters."""


class Applications(Protocol):
    """Applications of a realm, and the references they hold to authenticator configs and resource
    servers."""

    def create(self, application: Application, also: Writes = ()) -> bool:
        """Store an application and `also`; False when its id is taken, when its realm, its
        authenticator config or resource server is gone, or when one of `also` fails."""

    def find(self, where: RealmPath, application_id: str) -> Versioned[Application] | None: ...

    def replace(
        self, before: Versioned[Application], after: Application, also: Writes = ()
    ) -> bool:
        """Store `after` and `also`; False when it was changed or removed since `before` was read,
        when the authenticator config or resource server it newly names is gone, or when one of
        `also` fails."""

    def remove(self, before: Versioned[Application]) -> bool:
        """Remove it; True too when it is gone already, False when it was changed meanwhile."""

    def all(self, where: RealmPath) -> tuple[Application, ...]:
        """Return every application of the realm, in the order of their ids."""


class AuthenticatorConfigs(Protocol):
    """Authenticator configs of a realm."""

    def create(self, entity: AuthenticatorConfig, also: Writes = ()) -> bool:
        """Store a config and `also`; False when its id is taken, its realm is gone, or one of
        `also` fails."""

    def find(self, where: RealmPath, config_id: str) -> Versioned[AuthenticatorConfig] | None: ...

    def replace(self, before: Versioned[AuthenticatorConfig], after: AuthenticatorConfig) -> bool:
        """Store `after`; False when it was changed or removed since `before` was read."""

    def remove(self, before: Versioned[AuthenticatorConfig]) -> bool:
        """Remove it; True too when it is gone already. False when it was changed, or when an
        application began to refer to it, since `before` was read."""

    def all(self, where: RealmPath) -> tuple[AuthenticatorConfig, ...]:
        """Return every config of the realm, in the order of their ids."""


class ResourceServers(Protocol):
    """Resource servers of a realm, and the claims on their identifiers."""

    def find(self, where: RealmPath, server_id: str) -> Versioned[ResourceServer] | None: ...

    def all(self, where: RealmPath) -> tuple[ResourceServer, ...]:
        """Return every resource server of the realm, in the order of their ids."""

    def is_taken(self, where: RealmPath, identifier: str, *, by_other_than: str) -> bool:
        """Whether another resource server has the identifier, in whatever spelling."""

    def create(self, server: ResourceServer, also: Writes = ()) -> bool:
        """Store it together with `also`; False when its id or its identifier is taken, or one of
        `also` does not hold. Of any number of callers who want one identifier exactly one gets
        True."""

    def replace(self, before: Versioned[ResourceServer], after: ResourceServer) -> bool:
        """Store `after`, and the claim on a new identifier with it; False when that is taken, or
        when it was changed or removed since `before` was read."""

    def remove(self, before: Versioned[ResourceServer]) -> bool:
        """Remove it with its claim; True too when it is gone already. False when it was changed,
        or when an application or a role began to refer to it, since `before` was read."""


class BoundPasskeys(Protocol):
    """Passkeys of a realm, by the relying party they were made for."""

    def exist_for(self, where: RealmPath, relying_party_id: str) -> bool:
        """Whether an active passkey is bound to that RP ID; True also when there are too many
        passkeys to look at all of them."""
