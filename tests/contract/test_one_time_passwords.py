"""The port Passwords of keybound.oauth, on moto and on ministack: counts hold under any number of
callers at once."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.ids import IdentityId
from keybound.domain.one_time_password import (
    LIFETIME_S,
    MAX_MAILS,
    MAX_TRIES,
    RESEND_AFTER_S,
    OneTimePassword,
)
from keybound.storage import schema
from keybound.storage.one_time_passwords import OneTimePasswords
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import NOW, REALM

THREADS = 50
ADA = IdentityId("ada0000000000001")


@pytest.fixture
def passwords(dynamodb: Any) -> OneTimePasswords:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return OneTimePasswords(Table(lambda: dynamodb, name))


def new_password(**changes: Any) -> OneTimePassword:
    made = OneTimePassword(
        challenge_hash="c" * 43,
        tenant_id=REALM.tenant_id,
        realm_id=REALM.realm_id,
        application_id="a",  # type: ignore[arg-type]
        address="ada@example.com",
        session_hash="s" * 43,
        nonce="n",
        kid="00000001",
        asked_at=NOW,
        expires_at=NOW + LIFETIME_S,
        ask_id="ask-1",
    )
    return replace(made, **changes)


def test_of_fifty_guesses_at_once_five_are_judged(passwords: OneTimePasswords) -> None:
    """T15."""
    made = new_password()
    assert passwords.ask(made)
    taken = at_once(
        THREADS, lambda _: passwords.take_try(made.challenge_hash, made.session_hash, NOW)
    )
    judged = [one for one in taken if isinstance(one, OneTimePassword)]
    assert sorted(one.tries for one in judged) == list(range(1, MAX_TRIES + 1))
    assert taken.count(None) == THREADS - MAX_TRIES


def test_a_newer_code_keeps_both_counts(passwords: OneTimePasswords) -> None:
    first = new_password()
    assert passwords.ask(first)
    for _ in range(MAX_TRIES):
        assert passwords.take_try(first.challenge_hash, first.session_hash, NOW)
    later = NOW + RESEND_AFTER_S
    second = new_password(
        asked_at=later, expires_at=later + LIFETIME_S, session_hash="t" * 43, ask_id="ask-2"
    )
    assert passwords.ask(second)
    assert passwords.take_try(second.challenge_hash, second.session_hash, later) is None
    stored = passwords.find(second.challenge_hash)
    assert stored is not None
    assert (stored.tries, stored.mails, stored.identity_id) == (MAX_TRIES, 2, None)


def test_of_many_askings_at_once_one_is_stored(passwords: OneTimePasswords) -> None:
    results = at_once(THREADS, lambda n: passwords.ask(new_password(ask_id=f"ask-{n}")))
    assert (results.count(True), results.count(False)) == (1, THREADS - 1)


def test_mails_of_a_request_are_bounded(passwords: OneTimePasswords) -> None:
    times = [NOW + n * RESEND_AFTER_S for n in range(MAX_MAILS + 1)]
    asked = [passwords.ask(new_password(asked_at=at, ask_id=f"ask-{at}")) for at in times]
    assert asked == [True] * MAX_MAILS + [False]


def test_an_asking_whose_answer_was_lost_is_stored_once(passwords: OneTimePasswords) -> None:
    made = new_password()
    assert passwords.ask(made)
    assert passwords.ask(made)  # as botocore repeats it
    stored = passwords.find(made.challenge_hash)
    assert stored is not None
    assert stored.mails == 1


@pytest.mark.parametrize("wrong", ["session", "time", "request"])
def test_what_cannot_be_tried_is_not_counted(passwords: OneTimePasswords, wrong: str) -> None:
    made = new_password()
    passwords.ask(made)
    challenge = "d" * 43 if wrong == "request" else made.challenge_hash
    session = "x" * 43 if wrong == "session" else made.session_hash
    now = made.expires_at if wrong == "time" else NOW
    assert passwords.take_try(challenge, session, now) is None
    stored = passwords.find(made.challenge_hash)
    assert stored is not None
    assert stored.tries == 0


def test_a_code_that_was_replaced_is_addressed_to_nobody(passwords: OneTimePasswords) -> None:
    first = new_password()
    passwords.ask(first)
    assert passwords.address_to(first, ADA, "ada@example.com")
    assert passwords.address_to(first, ADA, "ada@example.com")
    second = new_password(asked_at=NOW + RESEND_AFTER_S, ask_id="ask-2")
    passwords.ask(second)
    assert not passwords.address_to(first, ADA, "ada@example.com")
    stored = passwords.find(second.challenge_hash)
    assert stored is not None
    assert (stored.identity_id, stored.recipient) == (None, "")
