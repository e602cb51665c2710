"""What the binding flows need from storage, configuration and keys. Every read is consistent."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.binding_job import BindingJob
from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.ids import AuthenticatorConfigId, IdentityId, JobId, RealmId, TenantId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import Realm, RealmPath, Tenant
from keybound.domain.theme import Theme


class Configuration(Protocol):
    """What changes seldom; may be served from memory for some seconds."""

    def find_tenant(self, t: TenantId) -> Tenant | None: ...

    def find_realm(self, t: TenantId, r: RealmId) -> Realm | None: ...

    def find_theme(self, t: TenantId, r: RealmId) -> Theme | None: ...

    def find_authenticator_config(
        self, t: TenantId, r: RealmId, c: AuthenticatorConfigId
    ) -> AuthenticatorConfig | None: ...


class Jobs(Protocol):
    """Binding jobs, as management sees them."""

    def find(self, path: RealmPath, identity_id: IdentityId, job_id: JobId) -> BindingJob | None:
        """Return a job whose identity exists, or None."""

    def create(self, job: BindingJob, also: Writes = ()) -> bool:
        """Store the job and `also` if its identity is active; False if it is not, or is gone."""

    def renew(self, before: BindingJob, after: BindingJob) -> bool:
        """Replace the link of a job that is open or could not be sent, is unexpired and still has
        the link of `before`, if its identity may receive it; False if any of that is not so."""

    def revoke(self, job: BindingJob, now: int) -> BindingJob | None:
        """Revoke an open, unexpired job and return it; None if it has ended in between. Of any
        number of callers exactly one gets the job."""


class TokenSource(Protocol):
    """Derives a link's token, so that it need not be stored."""

    def current_kid(self) -> str: ...

    def derive(self, item_id: str, version: int, nonce: str, kid: str) -> str:
        """Return 64 URL-safe characters."""


class Links(Protocol):
    """Binding jobs, as the holder of a link meets them."""

    def find(
        self, path: RealmPath, identity_id: IdentityId, job_id: JobId
    ) -> tuple[BindingJob, Identity] | None:
        """Return the job and its identity in one round trip; None unless both exist."""

    def mark_opened(self, job: BindingJob, now: int) -> BindingJob:
        """Move LINK_SENT to LINK_OPENED and return the job as it is then. A job that was opened
        before, or has ended, is returned unchanged."""


class Outcome(Enum):
    """How an attempt to spend a link ended. Only BOUND wrote anything."""

    BOUND = "bound"
    LINK_ENDED = "link ended"
    IDENTITY_CHANGED = "identity changed"
    CREDENTIAL_EXISTS = "credential exists"


@dataclass(frozen=True)
class Completed:
    """An outcome; `job` is what was stored when the link had ended, or None if it is gone."""

    outcome: Outcome
    job: BindingJob | None = None


class Completion(Protocol):
    """The transaction that spends a link."""

    def complete(
        self, credential: Credential, job: BindingJob, identity: Identity, now: int
    ) -> Completed:
        """Store the credential, complete the job and add to the identity's passkeys: all or
        nothing, on condition that the realm does not know the credential, the job is open with
        this token, and the identity is active with the epoch that was judged.

        Of any number of callers with one link exactly one gets BOUND. Raises Unavailable.
        """


class SessionSealer(Protocol):
    """Seals what a ceremony must remember; satisfied by a Sealer of purpose `binding`."""

    def seal(self, plain: bytes, associated_data: str) -> str: ...

    def open(self, sealed: str, associated_data: str) -> bytes:
        """Raises ValueError for what was changed or sealed for another use."""
