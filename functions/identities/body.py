"""Bodies that make and change an identity: `{"identity": {…}}`.

`traits` is a tagged union of which only `traits_v0` exists; its `type` is sent on every write. An
optional trait that is null or empty is removed.
"""

import re
import unicodedata
from typing import Annotated, Literal

from keybound.directory.identities import IdentityChange, NewIdentity
from keybound.domain.identity import normalised_username
from keybound.edge.management import (
    READABLE,
    SPACES,
    UNREADABLE,
    Body,
    DisplayName,
    check_text,
    pattern_of,
    said,
)
from pydantic import AfterValidator, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

MAX_TRAIT = 256
MAX_EMAIL = 254
MAX_URL = 1024
MAX_IDS = 1000
# Invisible characters would make two usernames that no person can tell apart.
_NO_PART_OF_NAMES = frozenset({"Cf", "Cn", "Co", "Cs"})
# Default_Ignorable_Code_Point of other categories (Unicode, DerivedCoreProperties).
_IGNORED = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\Z")
_URL = re.compile(r"https?://[\w\-._~:/?#\[\]@!$&'()*+,;=%]+\Z", re.ASCII)


def _username(text: str) -> str:
    if text != text.strip() or normalised_username(text) != normalised_username(text).strip():
        raise PydanticCustomError("text", "begins or ends with a space")
    if any(c in _IGNORED or unicodedata.category(c) in _NO_PART_OF_NAMES for c in text):
        raise PydanticCustomError("text", "contains an invisible character")
    return text


def _email(text: str) -> str:
    if text and not _EMAIL.match(check_text(text, MAX_EMAIL)):
        raise PydanticCustomError("text", "not an e-mail address")
    return text


def _url(text: str) -> str:
    if text and not _URL.match(check_text(text, MAX_URL)):
        raise PydanticCustomError("text", "not an http or https URL")
    return text


def _text(text: str) -> str:
    return check_text(text, MAX_TRAIT) if text else text


_NO_SPACE_OUTSIDE = f"^[^{SPACES}](.*[^{SPACES}])?$"
_ADDRESS = f"[^@{UNREADABLE}{SPACES}]"

Username = Annotated[
    DisplayName, AfterValidator(_username), said(allOf=[{"pattern": _NO_SPACE_OUTSIDE}])
]
Text = (
    Annotated[str, AfterValidator(_text), said(maxLength=MAX_TRAIT, pattern=f"^$|{READABLE}")]
    | None
)
Email = (
    Annotated[
        str,
        AfterValidator(_email),
        said(maxLength=MAX_EMAIL, pattern=f"^$|^{_ADDRESS}{{1,64}}@{_ADDRESS}+$"),
    ]
    | None
)
Url = (
    Annotated[str, AfterValidator(_url), said(maxLength=MAX_URL, pattern=f"^$|{pattern_of(_URL)}")]
    | None
)


class TraitsBody(Body):
    """PATCH: only what was sent counts."""

    type: Literal["traits_v0"]
    username: Username = ""
    primary_email_address: Email = None
    secondary_email_address: Email = None
    external_id: Text = None
    family_name: Text = None
    given_name: Text = None
    formatted_name: Text = None
    middle_name: Text = None
    honorific_prefix: Text = None
    honorific_suffix: Text = None
    nick_name: Text = None
    title: Text = None
    primary_phone: Text = None
    secondary_phone: Text = None
    profile_url: Url = None
    photo: Url = None
    preferred_language: Text = None
    locale: Text = None
    timezone: Text = None
    formatted_address: Text = None
    street_address: Text = None
    locality: Text = None
    region: Text = None
    postal_code: Text = None
    country: Text = None
    user_type: Text = None
    employee_number: Text = None
    cost_center: Text = None
    organization: Text = None
    division: Text = None
    department: Text = None
    manager_id: Text = None
    manager_name: Text = None

    def sent(self) -> dict[str, str]:
        """Return the members that were sent, an empty text for each to remove."""
        members = self.model_dump(exclude_unset=True, exclude={"type"})
        return {name: text or "" for name, text in members.items()}


class NewTraitsBody(TraitsBody):
    username: Username


Status = Literal["active", "suspended"]


class NewIdentityBody(Body):
    display_name: DisplayName
    traits: NewTraitsBody
    status: Status = "active"
    allow_subject_reuse: bool = False

    def new_identity(self) -> NewIdentity:
        traits = self.traits.sent()
        return NewIdentity(self.display_name, self.status, traits, self.allow_subject_reuse)


class IdentityBody(Body):
    """PATCH: only what was sent counts."""

    display_name: DisplayName = ""
    traits: TraitsBody = TraitsBody(type="traits_v0")
    status: Status = "active"
    allow_subject_reuse: bool = False

    def change(self) -> IdentityChange:
        sent = self.model_fields_set
        return IdentityChange(
            display_name=self.display_name if "display_name" in sent else None,
            status=self.status if "status" in sent else None,
            traits=self.traits.sent() if "traits" in sent else None,
            allow_subject_reuse=self.allow_subject_reuse,
        )


Id = Annotated[str, StringConstraints(max_length=64)]


class BatchDeleteBody(Body):
    """`{"ids": […]}`, without a wrapper."""

    ids: Annotated[list[Id], said(minItems=1, maxItems=MAX_IDS, uniqueItems=True)]

    @field_validator("ids")
    @classmethod
    def _bounded(cls, ids: list[str]) -> list[str]:
        if not ids:
            raise PydanticCustomError("list", "empty array")
        if len(ids) > MAX_IDS:
            raise PydanticCustomError("list", "array exceeds 1000 elements")
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("list", "names an id twice")
        return ids
