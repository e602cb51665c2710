"""What a mail says, apart from how it looks: the parts that both of its forms are made from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """The one thing to press: its label, and the absolute https URL that it opens."""

    label: str
    url: str


@dataclass(frozen=True)
class Letter:
    """Plain texts throughout; each form escapes for itself.

    paragraphs: before the action or code. notes: after it: until when, what if it was not asked
    for. code: shown large, to be typed. language: a BCP 47 tag.
    questions: what stands before the support address, for example `Questions?`.
    copy_hint: what stands before the URL in full, for programs that show no button.
    """

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    notes: tuple[str, ...]
    action: Action | None = None
    code: str = ""
    language: str = "en"
    questions: str = ""
    copy_hint: str = ""
