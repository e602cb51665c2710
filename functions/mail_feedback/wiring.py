"""What the room `mail_feedback` needs, built once per process."""

from dataclasses import dataclass
from functools import cache

from keybound.storage.mail_outbox import MailOutbox

from functions import composition


@dataclass(frozen=True)
class Ports:
    jobs: MailOutbox
    configuration_set: str


@cache
def ports() -> Ports:
    """Return the room's parts. Raises SettingsError."""
    known = composition.settings().mail
    return Ports(MailOutbox(composition.directory()), known.configuration_set)
