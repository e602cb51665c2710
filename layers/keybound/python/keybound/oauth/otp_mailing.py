"""Finds out who signs in by an address, and mails the code. Runs after the asking was answered.

Safe to repeat: the code is derived, so a second mail has the same one.
"""

from dataclasses import dataclass

from keybound.domain.clock import Clock
from keybound.domain.email_address import is_mailable
from keybound.domain.errors import TooManyRequests, Unavailable
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.mail import Delivery
from keybound.domain.newcomer import newcomer, newcomer_address
from keybound.domain.one_time_password import OneTimePassword
from keybound.domain.tenancy import RealmPath
from keybound.oauth.otp_code import code_of
from keybound.oauth.ports import Mac
from keybound.oauth.ports_otp import AddressOwners, CodeMailer, Passwords, RealmLimit

SENT, REFUSED, NOBODY, REPLACED, LIMITED = "sent", "refused", "nobody", "replaced", "limited"


@dataclass(frozen=True)
class OtpMailing:
    """mailer: None in a deployment without a sender. newcomers_limit: of mails to people whom
    nobody knows, so that made-up addresses use up nobody's share."""

    passwords: Passwords
    owners: AddressOwners
    limit: RealmLimit
    newcomers_limit: RealmLimit
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
        known = self.owners.find(path, password.address)
        identity = known or self._newcomer(password, path, now)
        # The mail goes where the identity's own address says, never to what was typed: two texts
        # that count as one address may be two mailboxes.
        if self.mailer is None or identity is None or not is_mailable(identity.email):
            return NOBODY
        try:
            (self.limit if known else self.newcomers_limit).admit_realm(path, now)
        except TooManyRequests:
            return LIMITED
        whom = known.id if known else None
        if not self.passwords.address_to(password, whom, identity.email):
            return REPLACED
        sending = self.mailer.send(password, identity, self._code(password))
        if sending.delivery is Delivery.UNDECIDED:
            raise Unavailable(detail=f"ses {sending.reason}")
        return SENT if sending.delivery is Delivery.ACCEPTED else REFUSED

    def _newcomer(self, password: OneTimePassword, path: RealmPath, now: int) -> Identity | None:
        """Return who would sign up; None where nobody may, or somebody has the address: suspended,
        or one of several."""
        address = newcomer_address(password.address) if password.may_create else ""
        if not address or self.owners.knows(path, address):
            return None
        return newcomer(path, address, IdentityId(""), now)

    def _code(self, password: OneTimePassword) -> str:
        try:
            return code_of(self.mac, password)
        except ValueError as error:
            raise Unavailable(detail="the key of a one-time password is gone") from error
