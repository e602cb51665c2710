"""The mail that tells of an added or removed passkey, composed.

It has nothing to press: a mail that frightens people and has a button teaches them to press the
buttons of forged ones.
"""

from collections.abc import Mapping, Sequence

from keybound.ceremonies.passkey_provider import provider_name
from keybound.domain.credential import DEFAULT_NAME
from keybound.domain.passkey_notice import PASSKEY_ADDED, PasskeyNotice
from keybound.mail.branding import Branding
from keybound.mail.languages import choose, moment
from keybound.mail.letter import Letter
from keybound.mail.passkey_texts import PASSKEY_TEXTS, PasskeyTexts
from keybound.mail.placeholders import fill_in
from keybound.mail.unlinked import is_link_like


def passkey_letter(
    notice: PasskeyNotice,
    person: str,
    languages: Sequence[str],
    branding: Branding,
    texts: Mapping[str, PasskeyTexts] = PASSKEY_TEXTS,
) -> Letter:
    """Return the letter in the person's language, or in English."""
    language = choose(languages, texts)
    chosen = texts.get(language, PASSKEY_TEXTS["en"])
    added = notice.event == PASSKEY_ADDED
    values = {
        "realm": branding.realm_name,
        "name": person,
        "passkey": called(notice),
        "time": moment(notice.happened_at, language),
    }

    def say(text: str) -> str:
        return fill_in(text, values)

    by_name = person and not is_link_like(person)
    return Letter(
        subject=say(chosen.added_subject if added else chosen.removed_subject),
        heading=say(chosen.added_heading if added else chosen.removed_heading),
        paragraphs=(
            say(chosen.greeting_by_name if by_name else chosen.greeting),
            say(chosen.added_body if added else chosen.removed_body),
            say(chosen.added_unasked if added else chosen.removed_unasked),
        ),
        notes=(say(chosen.reason),),
        language=language,
        questions=say(chosen.questions),
    )


def called(notice: PasskeyNotice) -> str:
    """Return what the passkey is called: as its holder does, unless that could become a link or
    says nothing; else by what keeps it."""
    name = notice.passkey_name
    if not name or name == DEFAULT_NAME or is_link_like(name):
        return provider_name(notice.aaguid) or DEFAULT_NAME
    return name
