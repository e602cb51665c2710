"""The mail that carries a binding link, composed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keybound.mail.binding_texts import BINDING_TEXTS, BindingTexts
from keybound.mail.branding import Branding
from keybound.mail.languages import choose, moment
from keybound.mail.letter import Action, Letter
from keybound.mail.placeholders import fill_in
from keybound.mail.unlinked import is_link_like


@dataclass(frozen=True)
class BindingLink:
    """What the mail is about. expires_at: epoch seconds.

    languages: the person's wishes, in order.
    """

    url: str
    expires_at: int
    person: str
    languages: Sequence[str] = ()


def binding_letter(
    link: BindingLink,
    branding: Branding,
    texts: Mapping[str, BindingTexts] = BINDING_TEXTS,
) -> Letter:
    """Return the letter in the person's language, or in English.

    A name that could be taken for an address of the web or of mail is not greeted by: names come
    from sign-up forms, and the mail comes from us.
    """
    language = choose(link.languages, texts)
    chosen = texts.get(language, BINDING_TEXTS["en"])
    expires = moment(link.expires_at, language)
    values = {"realm": branding.realm_name, "name": link.person, "expires": expires}
    by_name = link.person and not is_link_like(link.person)

    def say(text: str) -> str:
        return fill_in(text, values)

    return Letter(
        subject=say(chosen.subject),
        heading=say(chosen.heading),
        paragraphs=(
            say(chosen.greeting_by_name if by_name else chosen.greeting),
            say(chosen.body),
        ),
        notes=(say(chosen.expires), say(chosen.unasked)),
        action=Action(say(chosen.button), link.url),
        language=language,
        questions=say(chosen.questions),
        copy_hint=say(chosen.copy_hint),
    )
