"""From a letter to a message: both forms of it, and the realm's name as the sender's."""

from keybound.mail.branding import Branding
from keybound.mail.html_body import html_body
from keybound.mail.letter import Letter
from keybound.mail.message import Message
from keybound.mail.plain_text import plain_text


def compose(letter: Letter, branding: Branding, *, sender: str, to: str) -> Message:
    """Return the message. sender, to: bare addresses."""
    return Message(
        sender=sender,
        sender_name=branding.realm_name,
        to=to,
        subject=letter.subject,
        text=plain_text(letter, branding),
        html=html_body(letter, branding),
    )
