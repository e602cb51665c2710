"""Where an administrator binds a passkey, and the link that leads there."""

from dataclasses import dataclass

from keybound.binding.adding import AddingProof
from keybound.binding.jobs import JobPorts, NewJob, create_return_job, revoke_job
from keybound.directory.authenticator_config_rules import violations
from keybound.directory.authenticator_config_settings import (
    AuthenticatorConfigSettings,
    new_authenticator_config,
    without_trailing_slash,
)
from keybound.directory.authenticator_configs import AuthenticatorConfigRegistry
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.binding_job import BY_SCOPE, BindingJob
from keybound.domain.errors import BadRequest
from keybound.domain.identity import Identity
from keybound.domain.ids import RealmId, TenantId
from keybound.domain.secrets import system_randomness
from keybound.domain.tenancy import RealmPath
from keybound.signing.data_keys import DataKeys
from keybound.signing.sealing import Deriver
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.bound_passkeys import BoundPasskeys
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.realms import Realms
from keybound.storage.sealing_keys import SealingKeys

from tools.cli.deployment import Deployment


@dataclass(frozen=True)
class Invocation:
    """Where the administrator binds the passkey: the operator's own page or app.

    relying_party_id: needed for an app scheme only; else derived from invoke_url.
    """

    invoke_url: str
    relying_party_id: str = ""

    @property
    def settings(self) -> AuthenticatorConfigSettings:
        settings: AuthenticatorConfigSettings = {
            "display_name": "Administrators",
            "invoke_url": self.invoke_url,
        }
        if self.relying_party_id:
            settings["relying_party_id"] = self.relying_party_id
        return settings


def check_form(invocation: Invocation) -> None:
    """Raises BadRequest, its violations naming members of an authenticator config."""
    nowhere = RealmPath(TenantId(""), RealmId(""))
    config = new_authenticator_config(nowhere, invocation.settings, system_randomness, 0)
    if found := violations(config):
        raise BadRequest(violations=tuple(found))


def choose_config(
    deployment: Deployment, path: RealmPath, invocation: Invocation | None
) -> AuthenticatorConfig:
    """Return the realm's config of that invoke URL, made if there is none; without an invocation
    the only config that there is. Raises BadRequest."""
    configs = AuthenticatorConfigs(deployment.directory, deployment.randomness)
    known = configs.all(path)
    if invocation is None:
        if len(known) != 1:
            raise BadRequest(
                f"the admin realm has {len(known)} authenticator configs: say --admin-invoke-url"
            )
        return known[0]
    invoke_url = without_trailing_slash(invocation.invoke_url)
    for config in known:
        if config.invoke_url == invoke_url:
            return config
    registry = AuthenticatorConfigRegistry(
        Realms(deployment.directory, deployment.randomness),
        configs,
        Applications(deployment.directory, deployment.randomness),
        BoundPasskeys(deployment.directory),
        deployment.clock,
        deployment.randomness,
    )
    return registry.create(path, invocation.settings)


def make_link(
    deployment: Deployment, identity: Identity, config: AuthenticatorConfig
) -> tuple[BindingJob, str]:
    """Make a binding job and return it with its link. Raises Conflict unless active."""
    return create_return_job(_ports(deployment), identity, _by_operator(config))


def _by_operator(config: AuthenticatorConfig) -> NewJob:
    """Whoever may write the tables may add a passkey, whatever the identity has."""
    return NewJob(config.id, proof=AddingProof(BY_SCOPE))


def revoke_links(deployment: Deployment, identity: Identity) -> None:
    """Revoke every open link of an identity."""
    ports, path = _ports(deployment), RealmPath(identity.tenant_id, identity.realm_id)
    for job in _jobs(deployment).of_identity(path, identity.id):
        if job.is_open(deployment.clock()):
            revoke_job(ports, path, identity.id, job.id)


def _jobs(deployment: Deployment) -> BindingJobs:
    return BindingJobs(deployment.directory, Contention(deployment.randomness))


def _ports(deployment: Deployment) -> JobPorts:
    derive = DataKeys(
        "derive",
        SealingKeys(deployment.directory),
        deployment.kms,
        deployment.sealing_key_id,
        deployment.clock,
    )
    return JobPorts(
        _jobs(deployment),
        Configuration(deployment.directory, deployment.clock, 0),
        Deriver(derive),
        deployment.clock,
        deployment.randomness,
        deployment.auth_base_url,
    )
