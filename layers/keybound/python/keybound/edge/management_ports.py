"""What judging a management token needs from outside."""

from collections.abc import Mapping
from typing import Any, Protocol

from keybound.domain.access_token import TokenName
from keybound.domain.application import Application, ResourceServer
from keybound.domain.identity import Identity
from keybound.domain.ids import ApplicationId, IdentityId, RealmId, ResourceServerId, TenantId
from keybound.domain.tenancy import Realm, RealmPath


class Verifier(Protocol):
    """Satisfied by `keybound.signing.verify.TokenVerifier`."""

    def verify(self, token: str, *, typ: str) -> Mapping[str, Any]:
        """Return the claims, or raise ValueError."""


class Directory(Protocol):
    """Satisfied by `keybound.storage.configuration.Configuration`."""

    def find_realm(self, t: TenantId, r: RealmId) -> Realm | None: ...

    def find_application(self, t: TenantId, r: RealmId, a: ApplicationId) -> Application | None: ...

    def find_resource_server(
        self, t: TenantId, r: RealmId, s: ResourceServerId
    ) -> ResourceServer | None: ...


class People(Protocol):
    """Satisfied by `keybound.storage.identities.Identities`: consistent, never cached."""

    def find(self, path: RealmPath, identity_id: IdentityId) -> Identity | None: ...


class DeniedTokens(Protocol):
    """Satisfied by `keybound.storage.access_tokens.DeniedTokens`: consistent, never cached."""

    def is_denied(self, name: TokenName) -> bool: ...
