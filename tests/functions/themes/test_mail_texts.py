"""A realm's own texts of the binding mail."""

from dataclasses import fields
from typing import Any

import pytest
from keybound.domain.theme import BindingMailTexts

from tests.support.binding_steps import new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform

TEXTS = [field.name for field in fields(BindingMailTexts) if field.name != "locale"]


def send(platform: Platform, *texts: dict[str, Any], member: str = "binding_mail_texts") -> Answer:
    """Put the texts into the theme of the platform's realm, which is made when it is missing."""
    shown = platform.manage("GET", "/themes/active").json()
    method, path = ("PATCH", f"/themes/{shown['id']}") if "id" in shown else ("POST", "/themes")
    return platform.manage(method, path, {"theme": {member: list(texts)}})


def test_the_mail_says_what_the_realm_says_and_the_rest_as_keybound_does(
    platform: Platform,
) -> None:
    mine = {
        "locale": "DE-at",
        "subject": "Servus bei {realm}",
        "greeting_by_name": "Servus {name}!",
    }
    answer = send(platform, mine, {"locale": "it", **dict.fromkeys(TEXTS, "ciao {realm}")})
    assert answer.status == 200, answer.text
    assert answer.json()["binding_mail_texts"][0] == mine | {"locale": "de-at"}
    steps = new_binding(platform)
    for locale, subject, part in (
        ("de_AT", "Servus bei Customers", "Servus Ada Lovelace!"),
        ("it-IT", "ciao Customers", "ciao Customers"),
        ("de", "Richten Sie Ihren Passkey für Customers ein", "Guten Tag, Ada Lovelace,"),
    ):
        steps.change(traits={"type": "traits_v0", "locale": locale})
        platform.clock.advance(31)
        platform.mails.clear()
        assert steps.make_job(delivery_method="EMAIL").status == 200
        (sent,) = platform.mails
        assert sent.subject == subject
        assert part in sent.text and part in sent.html
    assert send(platform).json()["binding_mail_texts"] == []


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ([{"locale": "de", "subject": "Hello {user}"}], "[0].subject"),
        ([{"locale": "de", "subject": "Hello {name}"}], "[0].subject"),
        ([{"locale": "de", "body": "{realm"}], "[0].body"),
        ([{"locale": "de", "body": "<b>now</b>"}], "[0].body"),
        ([{"locale": "de", "subject": "a\r\nBcc: eve@example.com"}], "[0].subject"),
        ([{"locale": "de", "subject": "x" * 121}], "[0].subject"),
        ([{"locale": "de", "subject": ""}], "[0].subject"),
        ([{"locale": "../de", "subject": "x"}], "[0].locale"),
        ([{"subject": "x"}], "[0].locale"),
        ([{"locale": "it", "subject": "ciao"}], "[0]"),
        ([{"locale": "de"}, {"locale": "DE"}], ""),
        ([{"locale": f"de-{n:02d}"} for n in range(11)], ""),
    ],
)
def test_texts_that_no_mail_should_say_are_refused_by_name(
    platform: Platform, texts: list[dict[str, Any]], field: str
) -> None:
    assert refused_fields(send(platform, *texts)) == [f"theme.binding_mail_texts{field}"]


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"locale": "de", "added_subject": "{passkey}"}, ".added_subject"),
        ({"locale": "de", "removed_unasked": "{passkey}"}, ".removed_unasked"),
        ({"locale": "de", "added_body": "{name}"}, ".added_body"),
        ({"locale": "de", "greeting_by_name": "{passkey}"}, ".greeting_by_name"),
        ({"locale": "de", "added_body": "{expires}"}, ".added_body"),
        ({"locale": "de", "reason": "<a>"}, ".reason"),
        ({"locale": "de", "added_subject": "a\r\nBcc: eve@example.com"}, ".added_subject"),
        ({"locale": "it", "added_subject": "ciao"}, ""),
    ],
)
def test_texts_about_passkeys_are_held_to_the_same_rules(
    platform: Platform, texts: dict[str, Any], field: str
) -> None:
    """T13: what people choose themselves stands where the realm cannot be mistaken for it."""
    answer = send(platform, texts, member="passkey_mail_texts")
    assert refused_fields(answer) == [f"theme.passkey_mail_texts[0]{field}"]
