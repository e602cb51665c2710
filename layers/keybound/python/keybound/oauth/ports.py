"""What the OAuth flows need from outside. Each port says what happens the second time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import Credential
from keybound.domain.group import Role
from keybound.domain.identity import Identity
from keybound.domain.ids import (
    ApplicationId,
    AuthenticatorConfigId,
    IdentityId,
    RealmId,
    ResourceServerId,
    TenantId,
)
from keybound.domain.login import Login, LoginLocator, RefreshFamily


class Configuration(Protocol):
    """Cached reads of configuration. None means unknown; Unavailable means nobody can tell."""

    def find_application(self, t: TenantId, r: RealmId, a: ApplicationId) -> Application | None: ...

    def find_authenticator_config(
        self, t: TenantId, r: RealmId, c: AuthenticatorConfigId
    ) -> AuthenticatorConfig | None: ...

    def find_resource_server(
        self, t: TenantId, r: RealmId, s: ResourceServerId
    ) -> ResourceServer | None: ...

    def find_roles(self, t: TenantId, r: RealmId, s: ResourceServerId) -> tuple[Role, ...]:
        """Return every role of a resource server."""


class Seal(Protocol):
    """Authenticated encryption under one purpose; ValueError when what comes back is not ours."""

    def seal(self, plain: bytes, associated_data: str) -> str: ...

    def open(self, sealed: str, associated_data: str) -> bytes: ...


class Mac(Protocol):
    """HMAC-SHA256 under one purpose; ValueError when it does not match."""

    def current_kid(self) -> str: ...

    def sign(self, message: bytes, kid: str) -> bytes: ...

    def verify(self, message: bytes, tag: bytes, kid: str) -> None: ...


class Signer(Protocol):
    """Signs tokens with the current key of an algorithm. Raises Unavailable."""

    def sign(self, claims: Mapping[str, Any], *, typ: str, alg: str) -> str: ...


class Verifier(Protocol):
    """Verifies tokens of this deployment; ValueError when they are none."""

    def verify(self, token: str, *, typ: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Passkeys:
    """An identity and a credential as they are stored now; None where there is none."""

    identity: Identity | None
    credential: Credential | None


class PasskeyReader(Protocol):
    """Reads who signs in, in one consistent batch."""

    def read(self, t: TenantId, r: RealmId, i: IdentityId, credential_hash: str) -> Passkeys: ...


class UseRecorder(Protocol):
    """Records that a passkey was used."""

    def record_use(
        self,
        credential: Credential,
        credential_hash: str,
        *,
        sign_count: int | None,
        backup_state: bool,
        now: int,
        use_id: str,
    ) -> bool:
        """Write counter (None: leave it), backup state and time; whether the login may stand.

        use_id: this attempt's own id, by which a repeated write knows itself.

        False when the credential is no longer active, or when it is device-bound and a parallel
        login moved its counter to this value or beyond. A synced passkey's login stands although
        a parallel one moved the counter further (WebAuthn L3 §7.2 step 22).
        """


class LoginCreator(Protocol):
    """Stores logins."""

    def create(self, login: Login) -> bool:
        """Put the login; False when its challenge has made one already. Exactly one caller of
        any number gets True."""


@dataclass(frozen=True)
class Redemption:
    """What a token request shows for a code, and this attempt's own id.

    family: what the login shall keep of the refresh token that is to be handed out, if any. jkt:
    thumbprint of the key that the request proved, if any. access_expires_at: when a self-contained
    access token of this exchange will end; else 0.
    """

    locator: LoginLocator
    code_hash: str
    client_id: str
    redirect_uri: str
    code_challenge: str
    burn_id: str
    now: int
    access_expires_at: int = 0
    family: RefreshFamily | None = None
    jkt: str = ""


class CodeReplayed(Exception):
    """A used code came back with everything right: its login has just been revoked for it."""


class CodeBurner(Protocol):
    """Spends codes."""

    def burn(self, redemption: Redemption, *, ttl: int) -> Login | None:
        """Mark the code used and return its login; of any number of callers exactly one gets it.

        None when it cannot be redeemed like this. The first repeat that passes every check of an
        already used code revokes the login and everything granted from it (RFC 6749 §4.1.2), and
        raises CodeReplayed.
        """

    def undo(self, redemption: Redemption) -> bool:
        """Make the code good again if this attempt had burnt it and a later step failed.

        False only when the login was revoked meanwhile, or is gone: then it stays spent.
        """

    def put_pointer(self, of: Application, locator: LoginLocator, *, now: int, ttl: int) -> None:
        """List the application's login under its identity; a pointer decides nothing."""


@dataclass(frozen=True)
class LiveLogin:
    """A login with its identity and credential as they are now; None where there is none."""

    login: Login | None
    identity: Identity | None
    credential: Credential | None


class LoginReader(Protocol):
    """Reads a login and who stands behind it, in one consistent batch over both tables."""

    def read(self, t: TenantId, r: RealmId, locator: LoginLocator) -> LiveLogin: ...
