"""Applications: create, read, list, update, delete."""

from dataclasses import dataclass, replace

from keybound.directory.application_rules import (
    CONFIG_ID,
    MAX_SCOPES,
    PROTOCOL,
    RESOURCE_SERVER_ID,
    violations,
)
from keybound.directory.application_settings import (
    ApplicationSettings,
    NewApplication,
    new_application,
    with_settings,
)
from keybound.directory.derived_secret import derived_secret
from keybound.directory.logout_uri import logout_uri_violations
from keybound.directory.management_tokens import format_violations
from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_configuration import (
    Applications,
    AuthenticatorConfigs,
    Realms,
    ResourceServers,
    SecretSource,
)
from keybound.directory.realms import check_realm
from keybound.domain.application import Application, ResourceServer
from keybound.domain.clock import Clock
from keybound.domain.errors import (
    BadRequest,
    Conflict,
    FieldViolation,
    Forbidden,
    NotFound,
    refuse_field,
)
from keybound.domain.ids import is_uuid
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness, hash_secret
from keybound.domain.tenancy import RealmPath
from keybound.domain.token_limits import TokenLimits
from keybound.domain.versioned import Precondition, Versioned, unconditional


@dataclass(frozen=True)
class ApplicationRegistry:
    """The applications of every realm.

    caller_scopes: the management scopes of whoever calls. Nobody can leave an application with
    scopes of the managed resource server that they do not hold themselves. development: whether
    relying parties on this machine may be told of logouts. limits: what is stored may be above
    them, if they were lowered since; what is returned never is.
    """

    realms: Realms
    applications: Applications
    authenticator_configs: AuthenticatorConfigs
    resource_servers: ResourceServers
    clock: Clock
    randomness: Randomness
    secrets: SecretSource
    limits: TokenLimits = TokenLimits()  # noqa: RUF009 - frozen
    development: bool = False

    def create(
        self,
        where: RealmPath,
        settings: ApplicationSettings,
        caller_scopes: frozenset[str],
        receipt: Receipt[NewApplication] = no_receipt,
    ) -> NewApplication:
        """Store a new application. Raises NotFound (realm), BadRequest, Forbidden, Conflict."""
        application = new_application(where, settings, self.randomness, self.clock(), self.limits)
        made = NewApplication(application)
        if not (application.is_public or application.signs_assertions):
            secret, how = derived_secret(application, self.secrets, self.randomness)
            application = replace(application, client_secret_hash=hash_secret(secret))
            made = NewApplication(application, secret, how)

        def attempt() -> NewApplication | None:
            check_realm(self.realms, where)
            self._judge(where, application, caller_scopes)
            return made if self.applications.create(application, receipt(made)) else None

        return until_it_holds(attempt)

    def get(self, where: RealmPath, application_id: str) -> Versioned[Application]:
        """Return an application. Raises NotFound, for malformed ids too."""
        return self.shown(self.read(where, application_id))

    def list(self, where: RealmPath) -> tuple[Application, ...]:
        """Return every application of a realm in the order of their ids. Raises NotFound."""
        check_realm(self.realms, where)
        return tuple(map(self.limits.applied_to, self.applications.all(where)))

    def update(
        self,
        where: RealmPath,
        application_id: str,
        settings: ApplicationSettings,
        caller_scopes: frozenset[str],
        precondition: Precondition[Application] = unconditional,
    ) -> Versioned[Application]:
        """Change what `settings` names and return the whole. A change that loses against another
        one is judged again on what that one left. Raises NotFound, BadRequest, Forbidden,
        PreconditionFailed, Conflict (managed, or changed again and again)."""

        def attempt() -> Versioned[Application] | None:
            before = self.read(where, application_id)
            precondition(self.shown(before))
            _check_not_managed(before.entity)
            after = with_settings(self.limits.applied_to(before.entity), settings)
            if after == before.entity:
                return before
            _check_kept(before.entity, after)
            self._judge(where, after, caller_scopes)
            after = replace(after, update_time=self.clock())
            return before.changed_to(after) if self.applications.replace(before, after) else None

        return until_it_holds(attempt)

    def delete(
        self,
        where: RealmPath,
        application_id: str,
        precondition: Precondition[Application] = unconditional,
    ) -> None:
        """Remove an application; nothing signs in through it any more. Raises NotFound,
        PreconditionFailed, Conflict (managed, or changed again and again)."""

        def attempt() -> bool | None:
            before = self.read(where, application_id)
            precondition(self.shown(before))
            _check_not_managed(before.entity)
            return self.applications.remove(before) or None

        until_it_holds(attempt)

    def read(self, where: RealmPath, application_id: str) -> Versioned[Application]:
        """Return an application as it is stored. Raises NotFound, for malformed ids too."""
        known = is_uuid(application_id)
        found = self.applications.find(where, application_id) if known else None
        if found is None:
            raise NotFound("Application", application_id)
        return found

    def shown(self, found: Versioned[Application]) -> Versioned[Application]:
        """Return it as a read shows it."""
        return replace(found, entity=self.limits.applied_to(found.entity))

    def _judge(
        self, where: RealmPath, application: Application, caller_scopes: frozenset[str]
    ) -> None:
        found = violations(application, self.limits)
        found += logout_uri_violations(application, development=self.development)
        config_id = application.authenticator_config_id
        if config_id is not None and not self._has_config(where, config_id):
            found.append(FieldViolation(CONFIG_ID, "does not exist in this realm"))
        server = None
        if application.resource_server_id is not None:
            server = self._resource_server(where, application.resource_server_id)
            found += _foreign_scopes(application, server) + format_violations(application, server)
        if found:
            raise BadRequest(violations=tuple(found))
        if server is not None and server.is_managed:
            check_caller_holds(application, caller_scopes)

    def is_of_the_management_api(self, application: Application) -> bool:
        """Whether its scopes are those of the managed resource server."""
        server_id, where = (
            application.resource_server_id,
            RealmPath(application.tenant_id, application.realm_id),
        )
        server = self._resource_server(where, server_id) if server_id is not None else None
        return server is not None and server.is_managed

    def _has_config(self, where: RealmPath, config_id: str) -> bool:
        return is_uuid(config_id) and self.authenticator_configs.find(where, config_id) is not None

    def _resource_server(self, where: RealmPath, server_id: str) -> ResourceServer | None:
        found = self.resource_servers.find(where, server_id) if is_uuid(server_id) else None
        return None if found is None else found.entity


def _check_kept(before: Application, after: Application) -> None:
    """Who an application is never becomes weaker or another by an update."""
    name = "confidentiality"
    if after.confidentiality == before.confidentiality:
        if after.signs_assertions or not before.signs_assertions:
            return
        name = "token_endpoint_auth_method"
    raise refuse_field(f"{PROTOCOL}.{name}", "cannot be changed: create another application")


def _foreign_scopes(
    application: Application, server: ResourceServer | None
) -> list[FieldViolation]:
    if server is None:
        return [FieldViolation(RESOURCE_SERVER_ID, "does not exist in this realm")]
    return [
        FieldViolation(f"{PROTOCOL}.allowed_scopes[{index}]", "not a scope of the resource server")
        for index, scope in enumerate(application.allowed_scopes[:MAX_SCOPES])
        if scope not in server.scopes
    ]


def check_caller_holds(application: Application, caller_scopes: frozenset[str]) -> None:
    """Raises Forbidden when the application has a scope that the caller does not hold."""
    lacking = [scope for scope in application.allowed_scopes if scope not in caller_scopes]
    if lacking:
        text = "the application may not have management scopes that the caller does not hold"
        raise Forbidden(f"{text}: {' '.join(lacking)}")


def _check_not_managed(application: Application) -> None:
    if application.is_managed:
        raise Conflict("managed applications cannot be changed or deleted")
