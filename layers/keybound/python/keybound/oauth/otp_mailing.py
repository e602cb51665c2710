"""Finds out who signs in by an address, and mails the code. Runs after the asking was answered.

Safe to repeat: the code is derived, so a second mail has the same one.
"""

from dataclasses import dataclass

from keybound.domain.clock import Clock
from keybound.domain.email_address import is_mailable
from keybound.domain.errors import TooManyRequests, Unavailable
from keybound.domain.mail import Delivery
from keybound.domain.one_time_password import OneTimePassword
from keybound.domain.tenancy import RealmPath
from keybound.oauth.otp_code import code_of
from keybound.oauth.ports import Mac
from keybound.oauth.ports_otp import AddressOwners, CodeMailer, Passwords, RealmLimit

SENT, REFUSED, NOBODY, REPLACED, LIMITED = "sent", "refused", "nobody", "replaced", "limited"


@dataclass(frozen=True)
class OtpMailing:
    """mailer: None in a deployment without a sender."""

    passwords: Passwords
    owners: AddressOwners
    limit: RealmLimit
    mailer: CodeMailer | None
    mac: Mac
    clock: Clock

    def see_to(self, challenge_hash: str, ask_id: str) -> str:
        """Mail the code of that asking and return what became of it.

        Raises Unavailable when it should be tried again.
        """
        password, now = self.passwords.find(challenge_hash), self.clock()
        if password is None or password.ask_id != ask_id or password.has_ended(now):
            return REPLACED
        path = RealmPath(password.tenant_id, password.realm_id)
        identity = self.owners.find(path, password.address)
        # The mail goes where the identity's own address says, never to what was typed: two texts
        # that count as one address may be two mailboxes.
        if self.mailer is None or identity is None or not is_mailable(identity.email):
            return NOBODY
        try:
            self.limit.admit_realm(path, now)
        except TooManyRequests:
            return LIMITED
        if not self.passwords.address_to(password, identity.id, identity.email):
            return REPLACED
        sending = self.mailer.send(password, identity, self._code(password))
        if sending.delivery is Delivery.UNDECIDED:
            raise Unavailable(detail=f"ses {sending.reason}")
        return SENT if sending.delivery is Delivery.ACCEPTED else REFUSED

    def _code(self, password: OneTimePassword) -> str:
        try:
            return code_of(self.mac, password)
        except ValueError as error:
            raise Unavailable(detail="the key of a one-time password is gone") from error
