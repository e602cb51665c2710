"""The ports LoginCreator, CodeBurner, LoginReader and PasskeyReader of keybound.oauth, on moto and
on ministack: of any number of callers exactly one wins, and the second time is as promised."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.login import Login
from keybound.oauth.ports import CodeReplayed, Redemption
from keybound.storage import keys, schema
from keybound.storage.codec import encode
from keybound.storage.logins import LiveLogins, Logins, PasskeyOwners
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_application
from tests.support.directory_samples import NOW, REALM, new_credential, new_identity, new_job
from tests.support.login_samples import (
    REDIRECT_URI,
    TTL,
    locator_of,
    new_login,
    redemption_of,
)

THREADS = 50


@pytest.fixture
def grants(dynamodb: Any) -> Table:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return Table(lambda: dynamodb, name)


@pytest.fixture
def logins(grants: Table) -> Logins:
    return Logins(grants)


@pytest.fixture
def login(logins: Logins) -> Login:
    made = new_login()
    assert logins.create(made)
    return made


def stored(grants: Table, login: Login) -> Any:
    return grants.get(keys.login(login.challenge_hash))


def test_fifty_logins_from_one_challenge_one_is_created(logins: Logins, grants: Table) -> None:
    """T51."""
    first = new_login()
    made = [replace(first, put_id=f"put-{n}", sid=f"sid-{n}") for n in range(THREADS)]
    results = at_once(THREADS, lambda n: logins.create(made[n]))
    assert (results.count(True), results.count(False)) == (1, THREADS - 1)
    assert stored(grants, first)["sid"] == f"sid-{results.index(True)}"


def test_a_put_whose_answer_was_lost_knows_itself(logins: Logins, login: Login) -> None:
    assert logins.create(login)
    assert not logins.create(replace(login, put_id="another attempt"))


def test_fifty_burns_of_one_code_one_gets_the_login_and_the_repeats_revoke_it(
    logins: Logins, grants: Table, login: Login
) -> None:
    """T29, T31."""
    attempts = [redemption_of(login) for _ in range(THREADS)]

    def burn(n: int) -> Login | str | None:
        try:
            return logins.burn(attempts[n], ttl=TTL)
        except CodeReplayed:
            return "replayed"

    results = at_once(THREADS, burn)
    winners = [result for result in results if isinstance(result, Login)]
    assert len(winners) == 1
    assert results.count("replayed") == 1, "one repeat revokes; the others find it revoked"
    item = stored(grants, login)
    assert item["burn_id"] == attempts[results.index(winners[0])].burn_id
    assert item["revoked_at"] == NOW


def test_a_burn_whose_answer_was_lost_knows_itself(logins: Logins, login: Login) -> None:
    """botocore repeats a write; the repeat is the same attempt and no replay."""
    attempt = redemption_of(login)
    first = logins.burn(attempt, ttl=TTL)
    assert first == logins.burn(attempt, ttl=TTL)
    assert first is not None
    assert (first.used_at, first.revoked_at) == (NOW, 0)


def test_the_burn_returns_the_login_as_it_was_created(logins: Logins, login: Login) -> None:
    attempt = redemption_of(login)
    assert logins.burn(attempt, ttl=TTL) == replace(
        login, used_at=NOW, burn_id=attempt.burn_id, ttl=TTL
    )


WRONG: dict[str, dict[str, Any]] = {
    "secret": {"code_hash": "x" * 43},
    "client": {"client_id": "another"},
    "redirect_uri": {"redirect_uri": REDIRECT_URI + "/"},
    "no redirect_uri": {"redirect_uri": ""},
    "challenge": {"code_challenge": "w" * 43},
    "no challenge": {"code_challenge": ""},
    "time: at the very second": {"now": NOW + 60},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_redemption_changes_nothing(
    logins: Logins, grants: Table, login: Login, wrong: dict[str, Any]
) -> None:
    before = stored(grants, login)
    assert logins.burn(redemption_of(login, **wrong), ttl=TTL) is None
    assert stored(grants, login) == before
    assert logins.burn(redemption_of(login, now=NOW + 59), ttl=TTL) is not None


@pytest.mark.parametrize(
    "wrong",
    [w for n, w in WRONG.items() if "time" not in n],
    ids=[n for n in WRONG if ":" not in n],
)
def test_a_wrong_replay_revokes_nothing(
    logins: Logins, grants: Table, login: Login, wrong: dict[str, Any]
) -> None:
    assert logins.burn(redemption_of(login), ttl=TTL)
    before = stored(grants, login)
    assert logins.burn(redemption_of(login, **wrong), ttl=TTL) is None
    assert stored(grants, login) == before


def test_a_login_without_challenge_and_redirect_uri_takes_neither(logins: Logins) -> None:
    """T25: a verifier without a challenge is a downgrade."""
    login = new_login(code_challenge="", redirect_uri_sent=False)
    assert logins.create(login)
    assert logins.burn(redemption_of(login, code_challenge="c" * 43), ttl=TTL) is None
    assert logins.burn(redemption_of(login), ttl=TTL) is not None


def test_a_code_of_no_login_is_none_and_makes_no_item(logins: Logins, grants: Table) -> None:
    login = new_login()
    assert logins.burn(redemption_of(login), ttl=TTL) is None
    assert not logins.undo(redemption_of(login))
    assert stored(grants, login) is None


def burnt(logins: Logins, login: Login) -> Redemption:
    attempt = redemption_of(login)
    assert logins.burn(attempt, ttl=TTL)
    return attempt


def test_an_undone_burn_makes_the_code_good_again(logins: Logins, login: Login) -> None:
    attempt = burnt(logins, login)
    assert logins.undo(attempt)
    assert logins.undo(attempt), "a repeated undo is the same"
    assert logins.burn(redemption_of(login), ttl=TTL) is not None


def test_only_the_attempt_that_burnt_may_undo(logins: Logins, grants: Table, login: Login) -> None:
    burnt(logins, login)
    assert logins.undo(redemption_of(login)), "this attempt burnt nothing, so nothing is undone"
    assert stored(grants, login)["used_at"] == NOW


def test_an_undo_never_reopens_a_revoked_login(logins: Logins, grants: Table, login: Login) -> None:
    attempt = burnt(logins, login)
    with pytest.raises(CodeReplayed):
        logins.burn(redemption_of(login), ttl=TTL)
    assert not logins.undo(attempt)
    assert stored(grants, login)["revoked_at"] == NOW
    assert logins.burn(redemption_of(login), ttl=TTL) is None
    assert logins.burn(attempt, ttl=TTL) is None


def test_an_undo_against_fifty_replays_ends_open_or_revoked_never_both(
    logins: Logins, grants: Table, login: Login
) -> None:
    attempt = burnt(logins, login)
    others = [redemption_of(login) for _ in range(THREADS)]
    results = at_once(
        THREADS, lambda n: logins.undo(attempt) if n == 0 else logins.burn(others[n], ttl=TTL)
    )
    replays = [r for r in results if isinstance(r, CodeReplayed)]
    assert len(replays) <= 1
    assert not [r for r in results if isinstance(r, BaseException) and r not in replays]
    winners = [r for r in results[1:] if isinstance(r, Login)]
    assert len(winners) <= 1
    if not results[0]:
        assert winners == []
        assert len(replays) == 1
        assert stored(grants, login)["revoked_at"] == NOW


def test_pointers_list_a_login_under_its_identity_and_may_be_put_twice(
    logins: Logins, grants: Table, login: Login
) -> None:
    application = new_application()
    for _ in range(2):
        logins.put_pointer(application, locator_of(login), now=NOW, ttl=TTL)
    key = keys.login_pointer(*_ids(), login.identity_id, login.challenge_hash)
    said = {"application_id": application.id, "issued_at": NOW, "ttl": TTL}
    assert grants.get(key) == {**key._asdict(), **said}


def _ids() -> tuple[Any, Any]:
    return REALM.tenant_id, REALM.realm_id


def test_who_stands_behind_a_login_is_read_over_both_tables(
    logins: Logins, grants: Table, directory: Table
) -> None:
    identity = new_identity()
    passkey = new_credential(new_job(identity))
    login = new_login(identity_id=identity.id)
    reader = LiveLogins(grants._client, directory, grants)
    owners = PasskeyOwners(directory)
    found = reader.read(*_ids(), locator_of(login))
    assert (found.login, found.identity, found.credential) == (None, None, None)
    logins.create(login)
    directory.put({**keys.identity(*_ids(), identity.id)._asdict(), **encode(identity)})
    directory.put({**keys.credential(*_ids(), login.credential_hash)._asdict(), **encode(passkey)})
    found = reader.read(*_ids(), locator_of(login))
    assert (found.login, found.identity, found.credential) == (login, identity, passkey)
    both = owners.read(*_ids(), identity.id, login.credential_hash)
    assert (both.identity, both.credential) == (identity, passkey)
    assert owners.read(*_ids(), new_identity("bob").id, login.credential_hash).identity is None
