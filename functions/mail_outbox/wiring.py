"""What the room `mail_outbox` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.binding.jobs import JobPorts
from keybound.binding.mailing import MailPorts
from keybound.binding.passkey_notices import NOTICES_A_DAY, NoticePorts
from keybound.mail.binding_mailer import BindingMailer
from keybound.mail.passkey_mailer import PasskeyMailer
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.contention import Contention
from keybound.storage.mail_counts import MailCounts, NoticeCounts
from keybound.storage.mail_outbox import MailOutbox
from keybound.storage.passkey_notices import PasskeyNotices

from functions import composition


@dataclass(frozen=True)
class Ports:
    flows: JobPorts
    mail: MailPorts
    notices: NoticePorts


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
    return Ports(flows, mail, _notices())


def _notices() -> NoticePorts:
    known, configuration = composition.settings().mail, composition.configuration()
    return NoticePorts(
        PasskeyNotices(composition.directory()),
        PasskeyMailer(composition.ses(), known.sender, configuration) if known.sender else None,
        NoticeCounts(
            composition.grants(), per_person=NOTICES_A_DAY, per_mailbox=known.per_recipient
        ),
        composition.clock,
    )
