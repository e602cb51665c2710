"""Which language a mail is written in, and how it writes a moment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DEFAULT = "en"

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
}
_PATTERNS = {
    "en": "{day} {month} {year}, {time} UTC",
    "de": "{day}. {month} {year}, {time} Uhr (UTC)",
    "fr": "{day} {month} {year} à {time} (UTC)",
    "es": "{day} de {month} de {year}, {time} (UTC)",
}


def choose(wishes: Iterable[str], available: Collection[str]) -> str:
    """Return the first wish that can be met, else English.

    wishes: language tags in any spelling (`de-AT`, `de_AT`, `fr;q=0.5`, also lists of them);
    each is looked up as it is, then cut at its last hyphen again and again (RFC 4647 §3.4).
    """
    for wish in wishes:
        for part in wish.split(","):
            tag = part.partition(";")[0].strip().replace("_", "-").lower()
            while tag:
                if tag in available:
                    return tag
                tag = tag.rpartition("-")[0]
    return DEFAULT


Texts = TypeVar("Texts", bound="DataclassInstance")


def with_own(ours: Mapping[str, Texts], own: Iterable["DataclassInstance"]) -> dict[str, Texts]:
    """Return Keybound's texts by language, with a realm's own in their places: of the same members,
    and `locale`. What a realm leaves out of a language is said in the nearest one of `ours`."""
    found = dict(ours)
    for each in own:
        said = asdict(each)
        locale = said.pop("locale")
        nearest = ours[choose((locale,), ours)]
        found[locale] = replace(nearest, **{name: text for name, text in said.items() if text})
    return found


def moment(epoch_s: int, language: str) -> str:
    """Return `29 November 2026, 03:24 UTC` in that language."""
    language = choose((language,), _PATTERNS)
    then = datetime.fromtimestamp(epoch_s, UTC)
    month = _MONTHS[language].split()[then.month - 1]
    return _PATTERNS[language].format(
        day=then.day, month=month, year=then.year, time=then.strftime("%H:%M")
    )
