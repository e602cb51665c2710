"""Resource servers: create, read, list, update, delete."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict

from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_access import Roles
from keybound.directory.ports_configuration import Applications, Realms, ResourceServers
from keybound.directory.realms import check_realm
from keybound.directory.resource_server_rules import IDENTIFIER, violations
from keybound.domain.application import ResourceServer
from keybound.domain.clock import Clock
from keybound.domain.errors import BadRequest, Conflict, FieldViolation, NotFound
from keybound.domain.ids import ResourceServerId, is_uuid, new_uuid
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Precondition, Versioned, unconditional


class ResourceServerSettings(TypedDict, total=False):
    """What a caller may set, under the names of `ResourceServer`; absent means unchanged."""

    display_name: str
    identifier: str
    scopes: tuple[str, ...]
    scopes_by_role: bool


@dataclass(frozen=True)
class ResourceServerRegistry:
    """The resource servers of every realm. our_base_urls: of the deployment's own hosts."""

    realms: Realms
    resource_servers: ResourceServers
    applications: Applications
    roles: Roles
    clock: Clock
    randomness: Randomness
    our_base_urls: tuple[str, ...]

    def create(
        self,
        where: RealmPath,
        settings: ResourceServerSettings,
        receipt: Receipt[ResourceServer] = no_receipt,
    ) -> ResourceServer:
        """Store a new resource server. Raises NotFound (realm), BadRequest, Conflict (the
        identifier is another one's)."""
        check_realm(self.realms, where)
        now, new_id = self.clock(), ResourceServerId(new_uuid(self.randomness))
        blank = ResourceServer(new_id, where.tenant_id, where.realm_id, "", "", (), now, now)
        server = replace(blank, **settings)
        also = receipt(server)

        def attempt() -> ResourceServer | None:
            self._judge(where, server)
            return server if self.resource_servers.create(server, also) else None

        return until_it_holds(attempt)

    def get(self, where: RealmPath, server_id: str) -> Versioned[ResourceServer]:
        """Return a resource server. Raises NotFound, for malformed ids too."""
        found = self.resource_servers.find(where, server_id) if is_uuid(server_id) else None
        if found is None:
            raise NotFound("ResourceServer", server_id)
        return found

    def list(self, where: RealmPath) -> tuple[ResourceServer, ...]:
        """Return every resource server of a realm in the order of their ids. Raises NotFound."""
        check_realm(self.realms, where)
        return self.resource_servers.all(where)

    def update(
        self,
        where: RealmPath,
        server_id: str,
        settings: ResourceServerSettings,
        precondition: Precondition[ResourceServer] = unconditional,
    ) -> Versioned[ResourceServer]:
        """Change what `settings` names and return the whole. Scopes that it has no longer are
        dropped from roles and applications; if that breaks off, the same call, on the version
        that it left, goes on with it.

        Raises NotFound, BadRequest, PreconditionFailed, Conflict (managed, or the identifier is
        another one's)."""

        def attempt() -> Versioned[ResourceServer] | None:
            before = self.get(where, server_id)
            precondition(before)
            _check_not_managed(before.entity)
            after = replace(before.entity, **settings)
            if after == before.entity:
                return before
            self._judge(where, after)
            after = replace(after, update_time=self.clock())
            held = self.resource_servers.replace(before, after)
            return before.changed_to(after) if held else None

        changed = until_it_holds(attempt)
        if "scopes" in settings:
            self._drop_gone_scopes(where, changed.entity)
        return changed

    def delete(
        self,
        where: RealmPath,
        server_id: str,
        precondition: Precondition[ResourceServer] = unconditional,
    ) -> None:
        """Remove a resource server that no application and no role uses. Raises NotFound,
        PreconditionFailed, Conflict (managed, or used)."""

        def attempt() -> bool | None:
            before = self.get(where, server_id)
            precondition(before)
            _check_not_managed(before.entity)
            users = self.applications.all(where)
            if any(user.resource_server_id == server_id for user in users):
                raise Conflict("an application uses this resource server")
            if self.roles.of_server(where, before.entity.id):
                raise Conflict("resource server has children")
            return self.resource_servers.remove(before) or None

        until_it_holds(attempt)

    def _judge(self, where: RealmPath, server: ResourceServer) -> None:
        found = violations(server, self.our_base_urls)
        if any(user.client_id == server.identifier for user in self.applications.all(where)):
            # An access token for it would carry the `aud` of that client's ID tokens.
            found.append(FieldViolation(IDENTIFIER, "reserved: it is an application's client_id"))
        if found:
            raise BadRequest(violations=tuple(found))
        if self.resource_servers.is_taken(where, server.identifier, by_other_than=server.id):
            raise Conflict("identifier already exists")

    def _drop_gone_scopes(self, where: RealmPath, server: ResourceServer) -> None:
        """A scope that came back one day must not come back to whoever had it before."""
        for application in self.applications.all(where):
            if application.resource_server_id == server.id:
                until_it_holds(partial(self._drop_from_application, where, application.id, server))
        for role in self.roles.of_server(where, server.id):
            until_it_holds(partial(self._drop_from_role, where, role.id, server))

    def _drop_from_application(
        self, where: RealmPath, application_id: str, server: ResourceServer
    ) -> bool | None:
        before = self.applications.find(where, application_id)
        if before is None or before.entity.resource_server_id != server.id:
            return True
        kept = tuple(s for s in before.entity.allowed_scopes if s in server.scopes)
        if kept == before.entity.allowed_scopes:
            return True
        after = replace(before.entity, allowed_scopes=kept, update_time=self.clock())
        return self.applications.replace(before, after) or None

    def _drop_from_role(
        self, where: RealmPath, role_id: str, server: ResourceServer
    ) -> bool | None:
        before = self.roles.find(where, server.id, role_id)
        if before is None:
            return True
        kept = tuple(s for s in before.entity.scopes if s in server.scopes)
        if kept == before.entity.scopes:
            return True
        after = replace(before.entity, scopes=kept, update_time=self.clock())
        return self.roles.replace(before, after) or None


def _check_not_managed(server: ResourceServer) -> None:
    if server.is_managed:
        raise Conflict("managed resource servers cannot be changed or deleted")
