"""Client secrets: another one, while the previous one goes on working for a while.

At most two are valid. The secret is said once and stored as its hash, like the first one.
"""

from dataclasses import dataclass, replace
from hmac import compare_digest

from keybound.directory.application_settings import NewApplication
from keybound.directory.applications import ApplicationRegistry, check_caller_holds
from keybound.directory.derived_secret import derived_secret
from keybound.directory.optimistic import until_it_holds
from keybound.domain.application import DAY_S, Application
from keybound.domain.errors import Conflict, refuse_field
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import hash_secret
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Precondition, unconditional

DEFAULT_OVERLAP_S = DAY_S
LONGEST_OVERLAP_S = 30 * DAY_S


@dataclass(frozen=True)
class ClientSecrets:
    """Rotates the secrets of the registry's applications, managed ones too."""

    registry: ApplicationRegistry

    def rotate(
        self,
        where: RealmPath,
        application_id: str,
        expires_in: int,
        caller_scopes: frozenset[str],
        precondition: Precondition[Application] = unconditional,
        receipt: Receipt[NewApplication] = no_receipt,
    ) -> NewApplication:
        """Give an application a new secret; the one it had works for `expires_in` seconds more.

        Of several rotations at once one succeeds: a secret that was answered is never the one
        that another call just dropped. Raises NotFound, BadRequest, Forbidden (management scopes
        that the caller does not hold), PreconditionFailed, Conflict (a client without secrets;
        rotated meanwhile).
        """
        if not 0 <= expires_in <= LONGEST_OVERLAP_S:
            raise refuse_field("expires_in", f"0 to {LONGEST_OVERLAP_S} seconds")
        registry = self.registry
        first = registry.read(where, application_id).entity
        secret, how = derived_secret(first, registry.secrets, registry.randomness)

        def attempt() -> NewApplication | None:
            before = registry.read(where, application_id)
            precondition(registry.shown(before))
            self._check(before.entity, first, caller_scopes)
            after = rotated(before.entity, hash_secret(secret), expires_in, registry.clock())
            shown, revision = registry.limits.applied_to(after), before.revision + 1
            made = NewApplication(shown, secret, how, revision)
            held = registry.applications.replace(before, after, receipt(made))
            return made if held else None

        return until_it_holds(attempt)

    def _check(
        self, application: Application, first: Application, caller_scopes: frozenset[str]
    ) -> None:
        if application.is_public:
            raise Conflict("a public client has no secret")
        if application.signs_assertions:
            raise Conflict("a client with private_key_jwt has no secret")
        if not compare_digest(application.client_secret_hash, first.client_secret_hash):
            raise Conflict("the secret was rotated by somebody else at the same time")
        if self.registry.is_of_the_management_api(application):
            check_caller_holds(application, caller_scopes)


def rotated(application: Application, secret_hash: str, expires_in: int, now: int) -> Application:
    """Return the application with a new secret, and the present one as the previous one."""
    return replace(
        application,
        client_secret_hash=secret_hash,
        previous_secret_hash=application.client_secret_hash if expires_in else "",
        previous_secret_expires_at=now + expires_in if expires_in else 0,
        update_time=now,
    )
