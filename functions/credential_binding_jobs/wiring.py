"""What the room `credential_binding_jobs` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.jobs import JobPorts
from keybound.binding.mailing import MailPorts
from keybound.edge import aws
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.idempotency import Once
from keybound.edge.paging import PageSealer
from keybound.mail.binding_mailer import BindingMailer
from keybound.oauth.fresh_sign_in import FreshSignIns
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.configuration import Configuration
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities
from keybound.storage.job_rates import JobRates
from keybound.storage.logins import LiveLogins
from keybound.storage.mail_counts import MailCounts
from keybound.storage.mail_outbox import MailOutbox

from functions import composition
from functions.registries import once
from functions.token_judges import management_auth


@dataclass(frozen=True)
class Ports:
    auth: ManagementAuth
    configuration: Configuration
    flows: JobPorts
    sign_ins: FreshSignIns
    mail: MailPorts
    jobs: BindingJobs
    identities: Identities
    page_sealer: PageSealer
    once: Once


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory, configuration = composition.directory(), composition.configuration()
    contention = Contention(composition.randomness)
    jobs = BindingJobs(directory, contention, JobRates(composition.grants()))
    flows = JobPorts(
        jobs,
        configuration,
        composition.deriver(),
        composition.clock,
        composition.randomness,
        composition.settings().auth_base_url,
    )
    return Ports(
        management_auth(),
        configuration,
        flows,
        _sign_ins(configuration),
        _mail(configuration),
        jobs,
        Identities(directory, contention),
        composition.sealer("page"),
        once(says_secrets=True),
    )


def _sign_ins(configuration: Configuration) -> FreshSignIns:
    return FreshSignIns(
        configuration,
        composition.verifier(),
        LiveLogins(aws.dynamodb, composition.directory(), composition.grants()),
        composition.sealer("locator"),
        composition.clock,
        composition.settings().auth_base_url,
    )


def _mail(configuration: Configuration) -> MailPorts:
    known = composition.settings().mail
    mailer = BindingMailer(composition.ses(), known.sender, configuration) if known.sender else None
    counts = MailCounts(
        composition.grants(), per_recipient=known.per_recipient, per_realm=known.per_realm
    )
    return MailPorts(mailer, counts, MailOutbox(composition.directory()))
