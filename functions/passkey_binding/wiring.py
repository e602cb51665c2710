"""What the room `passkey_binding` is built from."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.jobs import JobPorts
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.issuer import issuer_url
from keybound.edge import aws
from keybound.oauth.passkey_binding_token import PasskeyBindingTokens
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.binding_token_uses import BindingTokenUses
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.job_rates import JobRates
from keybound.storage.logins import LiveLogins

from functions import composition


@dataclass(frozen=True)
class Ports:
    tokens: PasskeyBindingTokens
    configuration: Configuration
    logins: LiveLogins
    uses: BindingTokenUses
    flows: JobPorts


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory, grants = composition.directory(), composition.grants()
    configuration = composition.configuration()
    flows = JobPorts(
        BindingJobs(directory, Contention(composition.randomness), JobRates(grants)),
        configuration,
        composition.deriver(),
        composition.clock,
        composition.randomness,
        composition.settings().auth_base_url,
    )
    return Ports(
        PasskeyBindingTokens(composition.sealer("otp")),
        configuration,
        LiveLogins(aws.dynamodb, directory, grants),
        BindingTokenUses(grants),
        flows,
    )


def issuer_of(t: TenantId, r: RealmId, a: ApplicationId) -> str:
    return issuer_url(composition.settings().auth_base_url, t, r, a)
