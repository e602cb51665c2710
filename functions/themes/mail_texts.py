"""What a realm may say in its mails, by language: plain lines with placeholders.

The parts of a mail and their order are Keybound's (docs/adr/0050-a-realms-own-mail-texts.md).
"""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from keybound.domain.theme import BindingMailTexts, PasskeyMailTexts
from keybound.edge.management import Body, check_text, pattern_without, said
from keybound.mail.binding_texts import BINDING_TEXTS
from keybound.mail.binding_texts import PLACEHOLDERS as OF_BINDING
from keybound.mail.languages import choose
from keybound.mail.passkey_texts import PASSKEY_TEXTS
from keybound.mail.passkey_texts import PLACEHOLDERS as OF_PASSKEYS
from keybound.mail.placeholders import unknown_placeholders
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

MAX_LOCALES = 10
MAX_SUBJECT, MAX_LINE, MAX_PARAGRAPH = 120, 300, 1000
_LOCALE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}\Z")


def _locale(text: str) -> str:
    if not _LOCALE.match(text.lower()):
        raise PydanticCustomError("text", "must be a language tag, as in de or pt-br")
    return text.lower()


def _text(maximum: int, known: Collection[str]) -> AfterValidator:
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


def _shown(maximum: int) -> Any:
    return said(minLength=1, maxLength=maximum, pattern=pattern_without("<>"))


_LOCALES = "^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}$"


class TextsBody(Body):
    """One language. ours: Keybound's own texts by language.

    What people choose themselves stands in the fewest places: a person's name in the greeting
    alone, a passkey's in what tells of it; either is left out when it reads like an address.
    """

    ours: ClassVar[Mapping[str, Any]]
    locale: Annotated[str, AfterValidator(_locale), said(pattern=_LOCALES)]

    @model_validator(mode="after")
    def _whole(self) -> "TextsBody":
        """A language that Keybound does not have is said by the realm alone, never half of it."""
        nearest = choose((self.locale,), self.ours)
        missing = [name for name, text in self if text is None]
        if missing and self.locale.partition("-")[0] != nearest:
            told = {"missing": ", ".join(missing)}
            raise PydanticCustomError(
                "text", "Keybound does not have this language: {missing} missing", told
            )
        return self

    def said(self) -> dict[str, str]:
        """Return what is said differently, and the locale."""
        return {name: text for name, text in self if text}


_BINDING = OF_BINDING - {"name"}


class BindingTextsBody(TextsBody):
    """Of the mail with a binding link."""

    ours = BINDING_TEXTS
    subject: Annotated[str, _text(MAX_SUBJECT, _BINDING), _shown(MAX_SUBJECT)] | None = None
    heading: Annotated[str, _text(MAX_LINE, _BINDING), _shown(MAX_LINE)] | None = None
    greeting: Annotated[str, _text(MAX_LINE, _BINDING), _shown(MAX_LINE)] | None = None
    greeting_by_name: Annotated[str, _text(MAX_LINE, OF_BINDING), _shown(MAX_LINE)] | None = None
    body: Annotated[str, _text(MAX_PARAGRAPH, _BINDING), _shown(MAX_PARAGRAPH)] | None = None
    button: Annotated[str, _text(MAX_LINE, _BINDING), _shown(MAX_LINE)] | None = None
    expires: Annotated[str, _text(MAX_LINE, _BINDING), _shown(MAX_LINE)] | None = None
    unasked: Annotated[str, _text(MAX_PARAGRAPH, _BINDING), _shown(MAX_PARAGRAPH)] | None = None
    copy_hint: Annotated[str, _text(MAX_LINE, _BINDING), _shown(MAX_LINE)] | None = None
    questions: Annotated[str, _text(MAX_LINE, _BINDING), _shown(MAX_LINE)] | None = None

    def texts(self) -> BindingMailTexts:
        return BindingMailTexts(**self.said())


_PASSKEY = OF_PASSKEYS - {"name", "passkey"}
_Subject = Annotated[str, _text(MAX_SUBJECT, _PASSKEY), _shown(MAX_SUBJECT)] | None
_Line = Annotated[str, _text(MAX_LINE, _PASSKEY), _shown(MAX_LINE)] | None
_Paragraph = Annotated[str, _text(MAX_PARAGRAPH, _PASSKEY), _shown(MAX_PARAGRAPH)] | None
_Telling = (
    Annotated[str, _text(MAX_PARAGRAPH, OF_PASSKEYS - {"name"}), _shown(MAX_PARAGRAPH)] | None
)


class PasskeyTextsBody(TextsBody):
    """Of the mails about added and removed passkeys."""

    ours = PASSKEY_TEXTS
    greeting: _Line = None
    greeting_by_name: (
        Annotated[str, _text(MAX_LINE, OF_PASSKEYS - {"passkey"}), _shown(MAX_LINE)] | None
    ) = None
    added_subject: _Subject = None
    added_heading: _Line = None
    added_body: _Telling = None
    added_unasked: _Paragraph = None
    removed_subject: _Subject = None
    removed_heading: _Line = None
    removed_body: _Telling = None
    removed_unasked: _Paragraph = None
    reason: _Paragraph = None
    questions: _Line = None

    def texts(self) -> PasskeyMailTexts:
        return PasskeyMailTexts(**self.said())


_Texts = TypeVar("_Texts", bound=TextsBody)


def _different(found: list[_Texts]) -> list[_Texts]:
    if len({each.locale for each in found}) < len(found):
        raise PydanticCustomError("text", "the same locale twice")
    return found


MailTexts = Annotated[list[_Texts], Field(max_length=MAX_LOCALES), AfterValidator(_different)]
