"""Mails as MIME (RFC 5322, RFC 2045, RFC 2047), by the standard library's own writer.

Names come from people: whatever they hold stays inside the one header it was meant for.
"""

import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from keybound.domain.email_address import is_mailable

MAX_HEADER_TEXT = 200
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class Message:
    """One mail to one person. Addresses are bare; `sender_name` is what a reader sees first."""

    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    html: str

    def as_bytes(self) -> bytes:
        """Return it in MIME with CRLF line ends, 7 bits throughout: text first, HTML as the better
        alternative (RFC 2046 §5.1.4). Raises ValueError for an address that cannot be mailed."""
        for address in (self.sender, self.to):
            if not is_mailable(address):
                raise ValueError("not an address that can be mailed")
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(header_text(self.sender_name), addr_spec=self.sender)
        message["To"] = Address(addr_spec=self.to)
        message["Subject"] = header_text(self.subject)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no holiday notice in return
        message.set_content(self.text, cte="quoted-printable")
        message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        return message.as_bytes()


def header_text(text: str) -> str:
    """Return text that is safe and readable in a header: one line, nothing invisible, and no
    encoded words of its own (RFC 2047 §2), which a reader's program would decode."""
    visible = "".join(" " if unicodedata.category(c) in _INVISIBLE else c for c in text)
    return " ".join(visible.replace("=?", "= ?").split())[:MAX_HEADER_TEXT]
