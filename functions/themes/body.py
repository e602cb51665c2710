"""Bodies that make and change a theme: `{"theme": {…}}`.

What pages and mails of a realm link to and load: https only, so that no script and no foreign
scheme gets into them. A null or empty URL takes one away; a null colour, the default's.
"""

import re
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from keybound.directory.themes import ThemeSettings
from keybound.domain.theme import BUTTON_COLOR, BUTTON_TEXT_COLOR
from keybound.edge.management import Body, DisplayName, pattern_of, said
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.themes.mail_texts import BindingTextsBody, MailTexts, PasskeyTextsBody

MAX_URL = 1024
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


Url = (
    Annotated[
        str, AfterValidator(_https), said(maxLength=MAX_URL, pattern=f"^$|{pattern_of(_URL)}")
    ]
    | None
)
Color = Annotated[str, AfterValidator(_color), said(pattern=pattern_of(_COLOR))] | None


class ThemeBody(Body):
    """POST and PATCH: only what was sent counts."""

    email_realm_name: DisplayName = ""
    logo_url_light: Url = None
    logo_url_dark: Url = None
    support_url: Url = None
    button_color: Color = None
    button_text_color: Color = None
    binding_mail_texts: MailTexts[BindingTextsBody] = Field(default_factory=list)
    passkey_mail_texts: MailTexts[PasskeyTextsBody] = Field(default_factory=list)

    def settings(self) -> ThemeSettings:
        """Return what was sent, under the names of `Theme`."""
        sent: dict[str, Any] = self.model_dump(exclude_unset=True)
        found = {n: _TAKEN_AWAY.get(n, "") if v is None else v for n, v in sent.items()}
        if "binding_mail_texts" in found:
            found["binding_mail_texts"] = tuple(each.texts() for each in self.binding_mail_texts)
        if "passkey_mail_texts" in found:
            found["passkey_mail_texts"] = tuple(each.texts() for each in self.passkey_mail_texts)
        return cast(ThemeSettings, found)
