"""What the room `batch_job_queue` needs, built once per process."""

from functools import cache

from keybound.binding.batch_work import WorkPorts
from keybound.binding.jobs import JobPorts
from keybound.binding.mailing import MailPorts
from keybound.mail.binding_mailer import BindingMailer
from keybound.storage.batch_queue import BatchQueue
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities
from keybound.storage.job_rates import JobRates
from keybound.storage.mail_counts import MailCounts
from keybound.storage.mail_outbox import MailOutbox

from functions import composition


@cache
def ports() -> WorkPorts:
    """Return the room's parts. Raises SettingsError."""
    directory, grants = composition.directory(), composition.grants()
    configuration, known = composition.configuration(), composition.settings()
    contention = Contention(composition.randomness)
    flows = JobPorts(
        BindingJobs(directory, contention, JobRates(grants)),
        configuration,
        composition.deriver(),
        composition.clock,
        composition.randomness,
        known.auth_base_url,
    )
    mailer = BindingMailer(composition.ses(), known.mail.sender, configuration)
    limits = MailCounts(
        grants, per_recipient=known.mail.per_recipient, per_realm=known.mail.per_realm
    )
    mail = MailPorts(
        mailer if known.mail.sender else None,
        limits,
        MailOutbox(directory),
    )
    return WorkPorts(BatchQueue(grants, contention), Identities(directory, contention), flows, mail)
