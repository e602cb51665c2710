"""What a person reads who gets a binding link by mail."""

import re
from dataclasses import fields
from html.parser import HTMLParser

import pytest
from keybound.mail.binding_letter import BindingLink, binding_letter
from keybound.mail.binding_texts import BINDING_TEXTS, PLACEHOLDERS, BindingTexts
from keybound.mail.branding import DEFAULT_BUTTON, Branding
from keybound.mail.compose import compose
from keybound.mail.languages import choose, moment
from keybound.mail.message import Message
from keybound.mail.placeholders import fill_in, unknown_placeholders

URL = (
    "https://auth.example.com/v1/tenants/0/realms/1/identities/2/x:invokeAuthenticator?token=a_b&c"
)
EXPIRES = 1795922640  # 2026-11-29T03:24:00Z
BRANDING = Branding("Acme", support_url="https://acme.example/help")
NASTY = "<img src=x onerror=alert(1)>\"'&</title></style><script>x</script>"


def mail(person: str = "Ada Lovelace", branding: Branding = BRANDING, *languages: str) -> Message:
    letter = binding_letter(BindingLink(URL, EXPIRES, person, languages), branding)
    return compose(letter, branding, sender="no-reply@acme.example", to="ada@example.com")


class Tags(HTMLParser):
    """Collects tags, links and images of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data

    def all_of(self, name: str) -> list[str | None]:
        return [value for given, value in self.attributes if given == name]


def test_both_forms_say_who_what_until_when_and_what_if_it_was_not_asked_for() -> None:
    message = mail()
    shown = Tags(message.html).words
    for form in (message.text.replace("\n", " "), shown):
        for part in ("Acme", "Hello Ada Lovelace,", "29 November 2026, 03:24 UTC", "did not ask"):
            assert part in form
    assert message.sender_name == "Acme"
    assert message.subject == "Create your passkey for Acme"


def test_the_text_has_the_link_whole_on_a_line_of_its_own() -> None:
    lines = mail().text.splitlines()
    assert lines.count(URL) == 1
    assert "https://acme.example/help" in lines
    assert all(len(line) <= 72 for line in lines if line != URL)


def test_the_html_links_to_the_binding_link_and_to_support_only() -> None:
    assert Tags(mail().html).all_of("href") == [URL, URL, "https://acme.example/help"]


def test_nothing_is_loaded_and_nothing_runs() -> None:
    document = Tags(mail().html)
    assert not {"img", "script", "link", "style", "form", "iframe", "object"} & set(document.tags)
    assert document.all_of("src") == []
    assert "url(" not in mail().html


def test_a_logo_is_decoration_whose_words_take_its_place() -> None:
    document = Tags(mail(branding=Branding("Acme", logo_url="https://acme.example/l.png")).html)
    assert document.all_of("src") == ["https://acme.example/l.png"]
    assert document.all_of("alt") == ["Acme"]


def test_names_are_inert_in_html() -> None:
    """T13."""
    branding = Branding(NASTY, support_url="https://acme.example/help")
    document = Tags(mail(NASTY, branding).html)
    assert not {"img", "script"} & set(document.tags)
    assert "onerror" not in [name for name, _ in document.attributes]
    assert NASTY in document.words


@pytest.mark.parametrize(
    "person",
    [
        "evil.example",
        "Win at evil.example now",
        "a@b",
        "x.co",
        *(f"evil{dot}example" for dot in "\u3002\uff0e\uff61\uff20"),
    ],
)
def test_a_name_that_a_mail_program_would_link_is_not_greeted_by(person: str) -> None:
    message = mail(person)
    assert person not in message.text
    assert person not in message.html
    assert "Hello," in message.text


@pytest.mark.parametrize("person", ["Dr. Ada Lovelace", "J. R. R. Tolkien", "李小龍", "{realm}"])
def test_other_names_are_and_are_not_read_as_placeholders(person: str) -> None:
    assert f"Hello {person}," in mail(person).text


@pytest.mark.parametrize(
    "color", ["red", "#12", "#1234567", "#fff;background:url(x)", '"><script>', "#ggg", "#fff\n"]
)
def test_a_color_that_is_none_gives_way_to_the_default(color: str) -> None:
    page = mail(branding=Branding("Acme", button_color=color)).html
    assert f"background:{DEFAULT_BUTTON}" in page
    assert color not in page


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:x,y", "http://acme.example", "//evil.example", "https:x", "x"],
)
def test_an_address_of_another_kind_is_left_out(url: str) -> None:
    message = mail(branding=Branding("Acme", logo_url=url, support_url=url))
    assert url not in Tags(message.html).all_of("href") + Tags(message.html).all_of("src")
    assert "Questions?" not in message.text


def test_a_support_mailbox_is_shown_as_an_address() -> None:
    message = mail(branding=Branding("Acme", support_url="mailto:help@acme.example"))
    assert "\nhelp@acme.example\n" in message.text
    assert "mailto:help@acme.example" in Tags(message.html).all_of("href")


# Languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ((), "en"),
        (("de",), "de"),
        (("de-AT",), "de"),
        (("de_CH",), "de"),
        (("DE-de-1996",), "de"),
        (("xx", "fr-CA"), "fr"),
        (("it, es;q=0.8",), "es"),
        (("tlh", "", "  "), "en"),
        (("../../etc",), "en"),
    ],
)
def test_the_first_language_that_can_be_met_is_taken(
    wishes: tuple[str, ...], language: str
) -> None:
    """RFC 4647 §3.4."""
    assert choose(wishes, BINDING_TEXTS) == language
    message = mail("Ada", BRANDING, *wishes)
    assert f'<html lang="{language}">' in message.html
    assert message.subject == BINDING_TEXTS[language].subject.replace("{realm}", "Acme")


@pytest.mark.parametrize("language", BINDING_TEXTS)
def test_every_language_has_every_text_and_only_known_placeholders(language: str) -> None:
    texts = BINDING_TEXTS[language]
    for each in fields(BindingTexts):
        text = getattr(texts, each.name)
        assert text
        assert unknown_placeholders(text, PLACEHOLDERS) == ()
    assert "{expires}" in texts.expires
    assert "2026" in moment(EXPIRES, language)
    message = mail("Ada", BRANDING, language)
    assert not re.search(r"\{[a-z]", message.text + message.subject)


def test_a_value_is_not_read_for_placeholders_again() -> None:
    assert fill_in("{name} at {realm}", {"name": "{realm}", "realm": "Acme"}) == "{realm} at Acme"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{realm} and {name}", ()),
        ("{other}", ("other",)),
        ("{realm", ("{",)),
        ("a } b", ("}",)),
        ("{name.__class__}", ("{", "}")),
        ("{{realm}}", ("{", "}")),
    ],
)
def test_placeholders_nobody_knows_are_named(text: str, unknown: tuple[str, ...]) -> None:
    assert unknown_placeholders(text, PLACEHOLDERS) == unknown
