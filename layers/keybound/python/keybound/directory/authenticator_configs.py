"""Authenticator configs: create, read, list, update, delete."""

from dataclasses import dataclass, replace

from keybound.directory.authenticator_config_rules import violations
from keybound.directory.authenticator_config_settings import (
    AuthenticatorConfigSettings,
    new_authenticator_config,
    without_trailing_slash,
)
from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_configuration import (
    Applications,
    AuthenticatorConfigs,
    BoundPasskeys,
    Realms,
)
from keybound.directory.realms import check_realm
from keybound.directory.relying_party_file_rules import CONFIG
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.clock import Clock
from keybound.domain.errors import BadRequest, Conflict, FieldViolation, NotFound
from keybound.domain.ids import is_uuid
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.domain.versioned import Precondition, Versioned, unconditional

CREATES_IDENTITIES = f"{CONFIG}.one_time_password_creates_identities"


@dataclass(frozen=True)
class AuthenticatorConfigRegistry:
    """The authenticator configs of every realm."""

    realms: Realms
    authenticator_configs: AuthenticatorConfigs
    applications: Applications
    passkeys: BoundPasskeys
    clock: Clock
    randomness: Randomness

    def create(
        self,
        where: RealmPath,
        settings: AuthenticatorConfigSettings,
        receipt: Receipt[AuthenticatorConfig] = no_receipt,
    ) -> AuthenticatorConfig:
        """Store a new config; what was left out is derived, once. Raises NotFound, BadRequest,
        Conflict."""
        config = new_authenticator_config(where, settings, self.randomness, self.clock())
        check_realm(self.realms, where)
        self._check(where, config)
        also = receipt(config)

        def attempt() -> AuthenticatorConfig | None:
            check_realm(self.realms, where)
            return config if self.authenticator_configs.create(config, also) else None

        return until_it_holds(attempt)

    def get(self, where: RealmPath, config_id: str) -> Versioned[AuthenticatorConfig]:
        """Return a config. Raises NotFound, for malformed ids too."""
        return self._read(where, config_id)

    def list(self, where: RealmPath) -> tuple[AuthenticatorConfig, ...]:
        """Return every config of a realm in the order of their ids. Raises NotFound."""
        check_realm(self.realms, where)
        return self.authenticator_configs.all(where)

    def update(
        self,
        where: RealmPath,
        config_id: str,
        settings: AuthenticatorConfigSettings,
        *,
        confirm_orphans_credentials: bool,
        precondition: Precondition[AuthenticatorConfig] = unconditional,
    ) -> Versioned[AuthenticatorConfig]:
        """Change what `settings` names and return the whole. Nothing is derived anew: another
        invoke_url or other trusted_origins leave RP ID and expected origins alone.

        Raises NotFound, BadRequest, PreconditionFailed, and Conflict when passkeys would be
        orphaned by another RP ID and that was not confirmed, or when it was changed again and
        again."""
        if "invoke_url" in settings:
            settings = {**settings, "invoke_url": without_trailing_slash(settings["invoke_url"])}

        def attempt() -> Versioned[AuthenticatorConfig] | None:
            before = self._read(where, config_id)
            precondition(before)
            after = replace(before.entity, **settings)
            if after == before.entity:
                return before
            self._check(where, after)
            if not confirm_orphans_credentials:
                self._check_orphans_none(where, before.entity, after)
            after = replace(after, update_time=self.clock())
            held = self.authenticator_configs.replace(before, after)
            return before.changed_to(after) if held else None

        return until_it_holds(attempt)

    def delete(
        self,
        where: RealmPath,
        config_id: str,
        precondition: Precondition[AuthenticatorConfig] = unconditional,
    ) -> None:
        """Remove a config that no application uses. Raises NotFound, PreconditionFailed,
        Conflict."""

        def attempt() -> bool | None:
            before = self._read(where, config_id)
            precondition(before)
            users = self.applications.all(where)
            if any(user.authenticator_config_id == config_id for user in users):
                raise Conflict("an application uses this authenticator config")
            return self.authenticator_configs.remove(before) or None

        until_it_holds(attempt)

    def _read(self, where: RealmPath, config_id: str) -> Versioned[AuthenticatorConfig]:
        found = self.authenticator_configs.find(where, config_id) if is_uuid(config_id) else None
        if found is None:
            raise NotFound("AuthenticatorConfig", config_id)
        return found

    def _check_orphans_none(
        self, where: RealmPath, before: AuthenticatorConfig, after: AuthenticatorConfig
    ) -> None:
        abandoned = before.relying_party_id
        if abandoned == after.relying_party_id:
            return
        if self.passkeys.exist_for(where, abandoned):
            raise Conflict(
                "passkeys are bound to the present relying_party_id and would stop working;"
                " send confirm_orphans_credentials true to change it all the same"
            )

    def _check(self, where: RealmPath, config: AuthenticatorConfig) -> None:
        found = violations(config)
        if config.one_time_password_creates_identities and self._is_admin(where):
            text = "not in an admin realm: whoever signs up could become an administrator"
            found.append(FieldViolation(CREATES_IDENTITIES, text))
        if found:
            raise BadRequest(violations=tuple(found))

    def _is_admin(self, where: RealmPath) -> bool:
        realm = self.realms.find(where.tenant_id, where.realm_id)
        return realm is None or realm.is_admin
