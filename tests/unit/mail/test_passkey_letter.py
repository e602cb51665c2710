"""What a person reads who is told that a passkey was added or removed."""

import re
from dataclasses import asdict

import pytest
from keybound.domain.credential import DEFAULT_NAME
from keybound.domain.ids import CredentialId, IdentityId, RealmId, TenantId
from keybound.domain.passkey_notice import PASSKEY_ADDED, PASSKEY_REMOVED, PasskeyNotice
from keybound.mail.branding import Branding
from keybound.mail.compose import compose
from keybound.mail.message import Message
from keybound.mail.passkey_letter import called, passkey_letter
from keybound.mail.passkey_texts import PASSKEY_TEXTS, PLACEHOLDERS
from keybound.mail.placeholders import unknown_placeholders

THEN = 1795922640  # 2026-11-29T03:24:00Z
BRANDING = Branding("Acme", support_url="https://acme.example/help")
EVENTS = (PASSKEY_ADDED, PASSKEY_REMOVED)
ICLOUD = "fbfc3007-154e-4ecc-8c0b-6e020557d7bd"
NASTY = "<img src=x onerror=alert(1)>\"'&</title>"


def notice(event: str, name: str = "Ada's phone", aaguid: str = ICLOUD) -> PasskeyNotice:
    ids = (TenantId("0" * 16), RealmId("1" * 16), IdentityId("2" * 16), CredentialId("3" * 16))
    return PasskeyNotice(*ids, event, "ada@example.com", name, aaguid, THEN)


def mail(told: PasskeyNotice, person: str = "Ada Lovelace", *languages: str) -> Message:
    letter = passkey_letter(told, person, languages, BRANDING)
    return compose(letter, BRANDING, sender="no-reply@acme.example", to=told.recipient)


@pytest.mark.parametrize("event", EVENTS)
def test_both_forms_say_what_when_and_what_to_do_if_it_was_not_you(event: str) -> None:
    message = mail(notice(event))
    assert event in message.subject
    assert "Acme" in message.subject
    shown = message.html.replace("&#x27;", "'")
    for form in (message.text.replace("\n", " "), shown):
        for part in (
            "Hello Ada Lovelace,",
            "Ada's phone",
            event,
            "29 November 2026, 03:24 UTC",
            "tell Acme at once",
            "https://acme.example/help",
        ):
            assert part in form


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("language", PASSKEY_TEXTS)
def test_it_is_whole_in_every_language(language: str, event: str) -> None:
    message = mail(notice(event), "Ada Lovelace", language)
    assert f'lang="{language}"' in message.html
    for part in (message.subject, message.text, message.html):
        assert "{" not in part
    for part in ("Ada Lovelace", "Ada's phone", "2026"):
        assert part in message.text.replace("\n", " ")
    for text in asdict(PASSKEY_TEXTS[language]).values():
        assert unknown_placeholders(text, PLACEHOLDERS) == ()


@pytest.mark.parametrize("event", EVENTS)
def test_there_is_nothing_to_press(event: str) -> None:
    """Only the realm's own support address is a link."""
    assert re.findall(r'href="([^"]*)"', mail(notice(event)).html) == ["https://acme.example/help"]


@pytest.mark.parametrize(
    ("name", "aaguid", "expected"),
    [
        ("Work laptop", ICLOUD, "Work laptop"),
        (DEFAULT_NAME, ICLOUD, "Apple Passwords"),
        (DEFAULT_NAME, "00000000-0000-0000-0000-000000000000", DEFAULT_NAME),
        ("evil.example", ICLOUD, "Apple Passwords"),
        ("write to eve@evil", "", DEFAULT_NAME),
    ],
)
def test_a_passkey_goes_by_its_name_else_by_what_keeps_it(
    name: str, aaguid: str, expected: str
) -> None:
    """T13: whoever bound it chose the name, and the mail comes from us."""
    assert called(notice(PASSKEY_ADDED, name, aaguid)) == expected


def test_names_are_inert(caplog: pytest.LogCaptureFixture) -> None:
    """T13."""
    message = mail(notice(PASSKEY_ADDED, NASTY), NASTY)
    assert "<img" not in message.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in message.html
    assert NASTY not in message.subject
    assert b"\r\nBcc:" not in message.as_bytes()


def test_a_name_brings_no_placeholders_of_its_own() -> None:
    assert "“{time}”" in mail(notice(PASSKEY_ADDED, "{time}")).text.replace("\n", " ")


def test_a_person_who_is_called_like_an_address_is_greeted_without_a_name() -> None:
    message = mail(notice(PASSKEY_ADDED), "ada@evil.example")
    assert "evil.example" not in message.text + message.html
