"""A letter as HTML, in the subset that mail programs keep: tables, inline styles, nothing remote
but an optional logo whose alternative text takes its place.

Every text is escaped here and nowhere else; URLs are escaped too, after Branding judged them.
"""

from collections.abc import Iterator
from html import escape

from keybound.mail.branding import Branding
from keybound.mail.letter import Action, Letter

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_NAME = f"{_FONT};font-size:16px;font-weight:600;color:#1c2430"
_TEXT = f"margin:0 0 16px;{_FONT};font-size:16px;line-height:24px;color:#1c2430"
_NOTE = f"margin:0 0 12px;{_FONT};font-size:14px;line-height:21px;color:#56606f"
_TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"'


def html_body(letter: Letter, branding: Branding) -> str:
    """Return a whole document of about 3 KB."""
    inside = "".join(
        [*_top(letter, branding), *_middle(letter, branding), *_bottom(letter, branding)]
    )
    return (
        f'<!doctype html><html lang="{escape(letter.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light"><meta name="supported-color-schemes" '
        f'content="light"><title>{escape(letter.subject)}</title></head>'
        '<body style="margin:0;padding:0;background:#f3f4f7">'
        f'<table {_TABLE} width="100%" style="background:#f3f4f7"><tr>'
        '<td align="center" style="padding:24px 12px">'
        f'<table {_TABLE} width="100%" style="max-width:560px;background:#ffffff;'
        'border:1px solid #dfe3e8;border-radius:8px"><tr>'
        f'<td style="padding:28px 24px">{inside}</td></tr></table></td></tr></table></body></html>'
    )


def _top(letter: Letter, branding: Branding) -> Iterator[str]:
    name = escape(branding.realm_name)
    if branding.logo:
        yield (
            f'<p style="margin:0 0 24px"><img src="{escape(branding.logo)}" alt="{name}" '
            f'height="40" style="display:block;border:0;height:40px;{_NAME}"></p>'
        )
    else:
        yield f'<p style="margin:0 0 24px;{_NAME}">{name}</p>'
    yield (
        f'<h1 style="margin:0 0 16px;{_FONT};font-size:22px;line-height:30px;color:#1c2430">'
        f"{escape(letter.heading)}</h1>"
    )


def _middle(letter: Letter, branding: Branding) -> Iterator[str]:
    for paragraph in letter.paragraphs:
        yield f'<p style="{_TEXT}">{escape(paragraph)}</p>'
    if letter.code:
        yield (
            f'<p style="margin:8px 0 24px;{_FONT};font-size:30px;line-height:38px;'
            f'letter-spacing:6px;font-weight:700;color:#1c2430">{escape(letter.code)}</p>'
        )
    if letter.action is not None:
        yield _button(letter.action, branding)


def _button(action: Action, branding: Branding) -> str:
    background, text = branding.button
    return (
        f'<table {_TABLE} style="margin:8px 0 24px"><tr>'
        f'<td style="border-radius:6px;background:{background}">'
        f'<a href="{escape(action.url)}" style="display:inline-block;padding:13px 26px;{_FONT};'
        f"font-size:16px;font-weight:600;color:{text};text-decoration:none;border-radius:6px;"
        f'background:{background}">{escape(action.label)}</a></td></tr></table>'
    )


def _bottom(letter: Letter, branding: Branding) -> Iterator[str]:
    for note in letter.notes:
        yield f'<p style="{_NOTE}">{escape(note)}</p>'
    if letter.action is not None:
        url = escape(letter.action.url)
        yield (
            f'<p style="{_NOTE}">{escape(letter.copy_hint)}<br>'
            f'<a href="{url}" style="color:#56606f;word-break:break-all">{url}</a></p>'
        )
    if branding.support:
        shown = escape(branding.support.removeprefix("mailto:"))
        yield (
            f'<p style="{_NOTE};margin:0;border-top:1px solid #dfe3e8;padding-top:16px">'
            f'{escape(letter.questions)}<br><a href="{escape(branding.support)}" '
            f'style="color:#56606f;word-break:break-all">{shown}</a></p>'
        )
