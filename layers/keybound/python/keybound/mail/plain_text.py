"""A letter as plain text, to be read alone: every URL on a line of its own, never wrapped."""

from textwrap import fill

from keybound.mail.branding import Branding
from keybound.mail.letter import Letter

_WIDTH = 72


def plain_text(letter: Letter, branding: Branding) -> str:
    """Return the text part; it ends with a line end."""
    blocks = [branding.realm_name, *map(_wrapped, letter.paragraphs)]
    if letter.code:
        blocks.append(f"    {letter.code}")
    if letter.action is not None:
        blocks.append(f"{letter.action.label}:\n{letter.action.url}")
    blocks += map(_wrapped, letter.notes)
    if branding.support:
        blocks.append(f"{letter.questions}\n{_readable(branding.support)}")
    return "\n\n".join(blocks) + "\n"


def _wrapped(paragraph: str) -> str:
    return fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _readable(support: str) -> str:
    return support.removeprefix("mailto:")
