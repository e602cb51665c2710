"""What the room `otp_mail` is built from."""

from functools import cache

from keybound.mail.otp_mailer import OtpMailer
from keybound.oauth.otp_mailing import OtpMailing
from keybound.storage.address_owners import AddressOwners
from keybound.storage.contention import Contention
from keybound.storage.mail_counts import MailCounts
from keybound.storage.one_time_passwords import OneTimePasswords

from functions import composition


@cache
def ports() -> OtpMailing:
    """Return the flow, wired once per process."""
    sender = composition.settings().mail.sender
    mailer = OtpMailer(composition.ses(), sender, composition.configuration()) if sender else None
    return OtpMailing(
        passwords=OneTimePasswords(composition.grants()),
        owners=AddressOwners(composition.directory(), Contention(composition.randomness)),
        limit=composition.otp_counts(),
        newcomers_limit=MailCounts(
            composition.grants(),
            per_recipient=0,  # counted when the code was asked for
            per_realm=composition.settings().mail.per_realm,
            kind="otp newcomer",
        ),
        mailer=mailer,
        mac=composition.authenticator("otp"),
        clock=composition.clock,
    )
