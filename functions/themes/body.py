"""Bodies that make and change a theme: `{"theme": {…}}`.

What pages and mails of a realm link to and load: https only, so that no script and no foreign
scheme gets into them. A null or empty URL takes one away; a null colour, the default's.
"""

import re
from collections.abc import Collection
from dataclasses import fields
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from keybound.directory.themes import ThemeSettings
from keybound.domain.theme import BUTTON_COLOR, BUTTON_TEXT_COLOR, BindingMailTexts
from keybound.edge.management import Body, DisplayName, check_text
from keybound.mail.binding_texts import BINDING_TEXTS, PLACEHOLDERS
from keybound.mail.languages import choose
from keybound.mail.placeholders import unknown_placeholders
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

MAX_URL = 1024
MAX_LOCALES = 10
MAX_SUBJECT, MAX_LINE, MAX_PARAGRAPH = 120, 300, 1000
_LOCALE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}\Z")
_NAMELESS = PLACEHOLDERS - {"name"}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_URL = re.compile(r"https://[\w\-.~:/?#\[\]@!$&()*+,;=%]+\Z", re.ASCII)
_TAKEN_AWAY = {"button_color": BUTTON_COLOR, "button_text_color": BUTTON_TEXT_COLOR}


def _https(text: str) -> str:
    if not text:
        return text
    try:
        parts = urlsplit(text)
        good = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        good = False
    if not good or len(text) > MAX_URL or not _URL.match(text):
        raise PydanticCustomError("text", "must be an https URL of at most 1024 characters")
    return text


def _color(text: str) -> str:
    if not _COLOR.match(text):
        raise PydanticCustomError("text", "must be a colour as in #1f2937")
    return text.lower()


Url = Annotated[str, AfterValidator(_https)] | None
Color = Annotated[str, AfterValidator(_color)] | None


def _locale(text: str) -> str:
    if not _LOCALE.match(text.lower()):
        raise PydanticCustomError("text", "must be a language tag, as in de or pt-br")
    return text.lower()


def _text(maximum: int, known: Collection[str] = _NAMELESS) -> AfterValidator:
    def judged(text: str) -> str:
        check_text(text, maximum)
        if "<" in text or ">" in text:
            raise PydanticCustomError("text", "may not contain < or >: it is plain text")
        if unknown := unknown_placeholders(text, known):
            told = {"unknown": " ".join(unknown), "known": ", ".join(sorted(known))}
            raise PydanticCustomError(
                "text", "no such placeholder: {unknown}; there are: {known}", told
            )
        return text

    return AfterValidator(judged)


Line = Annotated[str, _text(MAX_LINE)]
Paragraph = Annotated[str, _text(MAX_PARAGRAPH)]


class MailTextsBody(Body):
    """One language. Only the greeting may have the person's name, which people choose themselves:
    it is left out there when it reads like an address."""

    locale: Annotated[str, AfterValidator(_locale)]
    subject: Annotated[str, _text(MAX_SUBJECT)] | None = None
    heading: Line | None = None
    greeting: Line | None = None
    greeting_by_name: Annotated[str, _text(MAX_LINE, PLACEHOLDERS)] | None = None
    body: Paragraph | None = None
    button: Line | None = None
    expires: Line | None = None
    unasked: Paragraph | None = None
    copy_hint: Line | None = None
    questions: Line | None = None

    @model_validator(mode="after")
    def _whole(self) -> "MailTextsBody":
        """A language that Keybound does not have is said by the realm alone, never half of it."""
        nearest = choose((self.locale,), BINDING_TEXTS)
        missing = [n for n in _TEXTS if getattr(self, n) is None]
        if missing and self.locale.partition("-")[0] != nearest:
            told = {"missing": ", ".join(missing)}
            raise PydanticCustomError(
                "text", "Keybound does not have this language: {missing} missing", told
            )
        return self

    def texts(self) -> BindingMailTexts:
        return BindingMailTexts(self.locale, **{n: getattr(self, n) or "" for n in _TEXTS})


_TEXTS = tuple(field.name for field in fields(BindingMailTexts) if field.name != "locale")


def _different(found: list[MailTextsBody]) -> list[MailTextsBody]:
    if len({each.locale for each in found}) < len(found):
        raise PydanticCustomError("text", "the same locale twice")
    return found


MailTexts = Annotated[
    list[MailTextsBody], Field(max_length=MAX_LOCALES), AfterValidator(_different)
]


class ThemeBody(Body):
    """POST and PATCH: only what was sent counts."""

    email_realm_name: DisplayName = ""
    logo_url_light: Url = None
    logo_url_dark: Url = None
    support_url: Url = None
    button_color: Color = None
    button_text_color: Color = None
    binding_mail_texts: MailTexts = Field(default_factory=list)

    def settings(self) -> ThemeSettings:
        """Return what was sent, under the names of `Theme`."""
        sent: dict[str, Any] = self.model_dump(exclude_unset=True)
        found = {n: _TAKEN_AWAY.get(n, "") if v is None else v for n, v in sent.items()}
        if "binding_mail_texts" in found:
            found["binding_mail_texts"] = tuple(each.texts() for each in self.binding_mail_texts)
        return cast(ThemeSettings, found)
