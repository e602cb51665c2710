"""What the room `mail_outbox` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.jobs import JobPorts
from keybound.binding.mailing import MailPorts
from keybound.mail.binding_mailer import BindingMailer
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.contention import Contention
from keybound.storage.mail_counts import MailCounts
from keybound.storage.mail_outbox import MailOutbox

from functions import composition


@dataclass(frozen=True)
class Ports:
    flows: JobPorts
    mail: MailPorts


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    directory, configuration = composition.directory(), composition.configuration()
    known = composition.settings()
    flows = JobPorts(
        BindingJobs(directory, Contention(composition.randomness)),
        configuration,
        composition.deriver(),
        composition.clock,
        composition.randomness,
        known.auth_base_url,
    )
    mailer = BindingMailer(composition.ses(), known.mail.sender, configuration)
    # Mails are counted when their jobs are made; the sweep repeats and never counts.
    counts = MailCounts(composition.grants(), per_recipient=0, per_realm=0)
    mail = MailPorts(mailer if known.mail.sender else None, counts, MailOutbox(directory))
    return Ports(flows, mail)
