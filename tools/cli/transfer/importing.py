"""Puts what an export holds into another Directory, under the ids that it had.

Each thing is written on condition that it is absent, so a run that broke off is finished by running
it again, and a second run changes nothing that is there. A passkey works after it because what it
was bound to is the same: RP ID, and the user handle, which is tenant, realm and identity
(docs/adr/0055-a-realm-moves-with-its-ids.md).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.application import Application, ResourceServer
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import Credential
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.group import Group, Role
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.secrets import hash_secret, new_secret
from keybound.domain.tenancy import Realm, RealmPath
from keybound.domain.theme import Theme
from keybound.storage import keys
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.contention import Contention
from keybound.storage.groups import Groups
from keybound.storage.identities import Identities
from keybound.storage.identity_writes import SUBJECTS
from keybound.storage.memberships import Memberships
from keybound.storage.proven_addresses import Proof, claim_writes
from keybound.storage.realm_counts import IDENTITIES
from keybound.storage.realms import Realms
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles
from keybound.storage.themes import Themes

from tools.cli.deployment import Deployment
from tools.cli.transfer.passkeys import put_passkey
from tools.cli.transfer.records import Members, encoded

_SECRET_BYTES = 48
SecretSink = Callable[[Application, str], None]


class LeftOut(Exception):
    """This one cannot be imported; the message says why. The others can."""


@dataclass(frozen=True)
class RealmWriter:
    """Writes entities of one realm.

    tell_secret: called with each client secret that was made, as soon as it is stored.
    """

    deployment: Deployment
    path: RealmPath
    tell_secret: SecretSink

    def put(self, entity: Any) -> bool:
        """Return whether anything was written; False when it was there. Raises LeftOut, and
        PlatformError when AWS fails."""
        writes: dict[type, Callable[[Any], bool]] = {
            Realm: self._realm,
            Theme: self._theme,
            AuthenticatorConfig: self._config,
            ResourceServer: self._server,
            Application: self._application,
            Group: self._group,
            Role: self._role,
            Identity: self._identity,
            Credential: lambda each: put_passkey(self.deployment, each),
            Members: self._members,
        }
        return writes[type(entity)](entity)

    def _realm(self, realm: Realm) -> bool:
        realms = Realms(self._table, self.deployment.randomness)
        known = realms.find(realm.tenant_id, realm.id)
        if known is not None and known.is_admin:
            raise LeftOut("this id is that of the admin realm here")
        gate = keys.count(realm.tenant_id, realm.id, IDENTITIES, 0)
        if (self._table.get(gate) or {}).get("closed"):
            raise Conflict("the realm was deleted here, and its id with it")
        return known is None and realms.create(realm)

    def _theme(self, theme: Theme) -> bool:
        themes = Themes(self._table, self.deployment.randomness)
        return themes.find(self.path) is None and themes.create(theme)

    def _config(self, config: AuthenticatorConfig) -> bool:
        configs = AuthenticatorConfigs(self._table, self.deployment.randomness)
        return self._create(configs, config)

    def _server(self, server: ResourceServer) -> bool:
        servers = ResourceServers(self._table, self.deployment.randomness)
        if servers.is_taken(self.path, server.identifier, by_other_than=server.id):
            raise LeftOut(f"another resource server has the identifier {server.identifier}")
        return self._create(servers, server)

    def _application(self, application: Application) -> bool:
        applications = Applications(self._table, self.deployment.randomness)
        if application.is_public or application.signs_assertions:
            return self._create(applications, application)
        secret = new_secret(self.deployment.randomness, _SECRET_BYTES)
        made = self._create(
            applications, replace(application, client_secret_hash=hash_secret(secret))
        )
        if made:
            self.tell_secret(application, secret)
        return made

    def _group(self, group: Group) -> bool:
        return self._create(Groups(self._table, self._contention), group)

    def _role(self, role: Role) -> bool:
        """Make it, and give it the groups that it lacks."""
        roles = Roles(self._table, self.deployment.randomness)
        server = ResourceServers(self._table, self.deployment.randomness).find(
            self.path, role.resource_server_id
        )
        if server is None:
            raise LeftOut("its resource server is not here")
        known = roles.find(self.path, role.resource_server_id, role.id)
        made = known is None and roles.create(replace(role, group_ids=frozenset()), server)
        known = roles.find(self.path, role.resource_server_id, role.id)
        lacking = sorted(role.group_ids - known.entity.group_ids) if known else []
        if known and lacking and not roles.add_groups(known, lacking):
            raise LeftOut("one of its groups is not here, or it was changed just now")
        return made or bool(lacking)

    def _identity(self, identity: Identity) -> bool:
        identities = Identities(self._table, self._contention)
        if known := identities.find(self.path, identity.id):
            if encoded(known)["value"]["traits"] != dict(identity.traits):
                raise LeftOut("it is there with other traits, which stay")
            return False
        proof = Proof(identity, identity.verified_email) if identity.verified_email else None
        if proof is not None and self._is_proven_by_another(proof):
            identity, proof = replace(identity, verified_email=""), None
        attempt = self.deployment.randomness(16).hex()
        also = claim_writes(self._table, proof, attempt)
        try:
            identities.create(identity, also, reused=SUBJECTS)
        except Conflict as refused:
            raise LeftOut(refused.description) from refused
        return True

    def _members(self, members: Members) -> bool:
        holder = self._holder(members)
        if holder is None:
            raise LeftOut(f"the {members.holder} is not here")
        memberships = Memberships(self._table, self._contention)
        ids = [IdentityId(each) for each in members.identity_ids]
        living = memberships.identities(self.path, ids)
        lacking = [i.id for i in living if members.id not in i.group_ids | i.role_ids]
        try:
            if lacking and not memberships.add(holder, lacking):
                raise LeftOut("it was changed just now: run the import again")
        except (Conflict, NotFound) as refused:
            raise LeftOut(refused.description) from refused
        if len(living) < len(ids):
            raise LeftOut(f"{len(ids) - len(living)} of its members are not here")
        return bool(lacking)

    def _holder(self, members: Members) -> Any:
        if members.holder == "group":
            return Groups(self._table, self._contention).find(self.path, members.id)
        roles = Roles(self._table, self.deployment.randomness)
        return roles.find(self.path, members.resource_server_id, members.id)

    def _is_proven_by_another(self, proof: Proof) -> bool:
        where = (self.path.tenant_id, self.path.realm_id)
        claim = self._table.get(keys.proven_address(*where, proof.address))
        return claim is not None and claim["identity_id"] != proof.identity.id

    def _create(self, kept: Any, entity: Any) -> bool:
        """Create by one of the storage classes, all of which have `find` and `create`."""
        if kept.find(self.path, entity.id) is not None:
            return False
        if not kept.create(entity):
            raise LeftOut("what it refers to is not here")
        return True

    @property
    def _table(self) -> Any:
        return self.deployment.directory

    @property
    def _contention(self) -> Contention:
        return Contention(self.deployment.randomness)
