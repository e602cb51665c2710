"""The ports RefreshFamilies and LoginRevoker of keybound.oauth, on moto and on ministack: of any
number of rotations of one token exactly one applies, and nothing else changes anything."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.login import Login, RefreshFamily
from keybound.oauth.ports import CodeReplayed
from keybound.oauth.ports_refresh import Rotated, Rotation
from keybound.oauth.refresh import GRACE_S, Verdict, judge
from keybound.storage import keys, schema
from keybound.storage.logins import Logins
from keybound.storage.refresh_families import RefreshFamilies
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import NOW
from tests.support.login_samples import TTL, locator_of, new_login, redemption_of
from tests.support.refresh_samples import DAY_S, first_family, rotation_of, with_secret
from tests.support.repeating_client import RepeatingClient

THREADS = 50


@pytest.fixture
def grants(dynamodb: Any) -> Table:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return Table(lambda: dynamodb, name)


@pytest.fixture
def families(grants: Table) -> RefreshFamilies:
    return RefreshFamilies(grants)


@pytest.fixture
def login(grants: Table) -> Login:
    """A login whose code was exchanged for a refresh token."""
    made, logins = new_login(), Logins(grants)
    assert logins.create(made)
    burnt = logins.burn(redemption_of(made, family=first_family()), ttl=TTL)
    assert burnt is not None
    assert burnt.family == first_family()
    return burnt


def stored(grants: Table, login: Login) -> Any:
    return grants.get(keys.login(login.challenge_hash))


def family_of(rotated: Rotated) -> RefreshFamily:
    assert rotated.login is not None
    assert rotated.login.family is not None
    return rotated.login.family


def test_a_rotation_puts_the_successor_in_the_tokens_place(
    families: RefreshFamilies, login: Login
) -> None:
    rotation = rotation_of(login)
    rotated = families.rotate(rotation)
    assert rotated.applied
    assert rotated.login is not None
    assert login.family is not None
    expected = replace(
        login.family,
        generation=2,
        refresh_hash=rotation.successor.refresh_hash,
        previous_hash=login.family.refresh_hash,
        nonce="nonce 2",
        sealed="sealed 2",
        rotated_at=NOW,
        rotation_id=rotation.rotation_id,
        params_hash="params",
        grace_until=NOW + GRACE_S,
        token_expires_at=rotation.successor.expires_at,
    )
    assert rotated.login == replace(login, family=expected, ttl=TTL)


def test_t30_fifty_rotations_of_one_token_one_applies_and_all_see_it(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    """N81: one new member of the family; the others are repeats within the grace."""
    rotations = [rotation_of(login) for _ in range(THREADS)]
    results = at_once(THREADS, lambda n: families.rotate(rotations[n]))
    found = [result for result in results if isinstance(result, Rotated)]
    assert len(found) == THREADS, results
    verdicts = [judge(r, rotation) for r, rotation in zip(found, rotations, strict=True)]
    assert verdicts.count(Verdict.ROTATED) == 1
    assert verdicts.count(Verdict.REPEATED) == THREADS - 1
    winner = rotations[verdicts.index(Verdict.ROTATED)]
    assert {family_of(result).rotation_id for result in found} == {winner.rotation_id}
    assert stored(grants, login)["family"]["generation"] == 2
    assert stored(grants, login)["revoked_at"] == 0


def test_a_rotation_whose_answer_was_lost_knows_itself(
    grants: Table, login: Login, dynamodb: Any
) -> None:
    """botocore repeats the write: the second finds its own rotation_id."""
    twice = RefreshFamilies(Table(lambda: RepeatingClient(dynamodb), grants.name))
    rotated = twice.rotate(rotation_of(login))
    assert rotated.applied
    assert family_of(rotated).generation == 2


WRONG: dict[str, Any] = {
    "secret": lambda r: with_secret(r, "wrong"),
    "client": lambda r: replace(r, client_id="another"),
    "a generation to come": lambda r: replace(r, shown=replace(r.shown, generation=2)),
    "unused for too long: at the very second": lambda r: replace(r, now=NOW + DAY_S),
    "past the family's end": lambda r: replace(r, now=NOW + 2 * DAY_S),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_a_wrong_rotation_changes_nothing(
    families: RefreshFamilies, grants: Table, login: Login, spoil: Any
) -> None:
    """N78."""
    before = stored(grants, login)
    rotation = spoil(rotation_of(login))
    rotated = families.rotate(rotation)
    assert not rotated.applied
    assert judge(rotated, rotation) is Verdict.REFUSED
    families.revoke_replayed(rotation)
    assert stored(grants, login) == before
    assert families.rotate(rotation_of(login, now=NOW + DAY_S - 1)).applied


def test_a_used_family_ends_although_its_token_would_live(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    late = rotation_of(login, now=NOW + DAY_S - 1)
    late = replace(late, successor=replace(late.successor, expires_at=NOW + 9 * DAY_S))
    assert families.rotate(late).applied
    end = NOW + 2 * DAY_S
    assert not families.rotate(rotation_of(login, 2, now=end)).applied
    assert families.rotate(rotation_of(login, 2, now=end - 1)).applied


def test_a_login_without_family_rotates_nothing(families: RefreshFamilies, grants: Table) -> None:
    login, logins = new_login(), Logins(grants)
    logins.create(login)
    logins.burn(redemption_of(login), ttl=TTL)
    before, rotation = stored(grants, login), rotation_of(login)
    rotated = families.rotate(rotation)
    assert judge(rotated, rotation) is Verdict.REFUSED
    families.revoke_replayed(rotation)
    families.extend_grace(locator_of(login), "", NOW + 3600)
    assert stored(grants, login) == before


def test_a_rotation_of_no_login_makes_no_item(families: RefreshFamilies, grants: Table) -> None:
    login = new_login()
    rotation = rotation_of(login)
    rotated = families.rotate(rotation)
    assert (rotated.applied, rotated.login) == (False, None)
    assert judge(rotated, rotation) is Verdict.REFUSED
    families.revoke_replayed(rotation)
    families.extend_grace(locator_of(login), rotation.rotation_id, NOW + 3600)
    families.revoke_by_refresh_token(rotation.shown, login.client_id, NOW)
    families.revoke_by_sid(locator_of(login), login.sid, login.client_id, NOW)
    assert stored(grants, login) is None


def after_two_rotations(families: RefreshFamilies, login: Login) -> None:
    assert families.rotate(rotation_of(login)).applied
    assert families.rotate(rotation_of(login, 2)).applied


def test_n80_a_token_of_two_generations_ago_revokes_even_in_the_grace(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    after_two_rotations(families, login)
    replay = rotation_of(login, 1)
    assert judge(families.rotate(replay), replay) is Verdict.REPLAYED
    families.revoke_replayed(replay)
    assert stored(grants, login)["revoked_at"] == NOW
    current = rotation_of(login, 3)
    assert judge(families.rotate(current), current) is Verdict.REFUSED


def test_n80_the_replaced_token_revokes_from_the_very_second_the_grace_ends(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    assert families.rotate(rotation_of(login)).applied
    last_good = rotation_of(login, now=NOW + GRACE_S - 1)
    assert judge(families.rotate(last_good), last_good) is Verdict.REPEATED
    families.revoke_replayed(last_good)
    assert stored(grants, login)["revoked_at"] == 0, "the write asks again what it was told"
    late = rotation_of(login, now=NOW + GRACE_S)
    assert judge(families.rotate(late), late) is Verdict.REPLAYED
    families.revoke_replayed(late)
    assert stored(grants, login)["revoked_at"] == NOW + GRACE_S
    families.revoke_replayed(replace(late, now=NOW + 99))
    assert stored(grants, login)["revoked_at"] == NOW + GRACE_S, "once"


def test_the_replaced_token_with_a_wrong_secret_or_by_another_client_changes_nothing(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    families.rotate(rotation_of(login))
    before = stored(grants, login)
    for now in (NOW, NOW + GRACE_S, NOW + 9999):
        good = rotation_of(login, now=now)
        for wrong in (with_secret(good, "wrong"), replace(good, client_id="another")):
            assert judge(families.rotate(wrong), wrong) is Verdict.REFUSED
            families.revoke_replayed(wrong)
    assert stored(grants, login) == before


def test_a_replay_of_the_code_ends_the_family(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    """T31."""
    with pytest.raises(CodeReplayed):
        Logins(grants).burn(redemption_of(login), ttl=TTL)
    rotation = rotation_of(login)
    assert judge(families.rotate(rotation), rotation) is Verdict.REFUSED


def test_an_undone_burn_takes_the_family_with_it(families: RefreshFamilies, grants: Table) -> None:
    login, logins = new_login(), Logins(grants)
    logins.create(login)
    attempt = redemption_of(login, family=first_family())
    assert logins.burn(attempt, ttl=TTL)
    assert logins.undo(attempt)
    assert "family" not in stored(grants, login)
    assert not families.rotate(rotation_of(login)).applied


def rotated_once(families: RefreshFamilies, login: Login) -> Rotation:
    rotation = rotation_of(login)
    assert families.rotate(rotation).applied
    return rotation


def test_the_grace_is_extended_by_the_last_rotation_only_and_never_shortened(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    rotation, where = rotated_once(families, login), locator_of(login)
    families.extend_grace(where, "another attempt", NOW + 3600)
    assert stored(grants, login)["family"]["grace_until"] == NOW + GRACE_S
    for until in (NOW + 3600, NOW + 3600, NOW + 20):
        families.extend_grace(where, rotation.rotation_id, until)
        assert stored(grants, login)["family"]["grace_until"] == NOW + 3600
    assert families.rotate(rotation_of(login, 2, now=NOW + 60)).applied
    families.extend_grace(where, rotation.rotation_id, NOW + 9999)
    assert stored(grants, login)["family"]["grace_until"] == NOW + 60 + GRACE_S


def test_an_extended_grace_takes_the_replaced_token_again(
    families: RefreshFamilies, login: Login
) -> None:
    rotation = rotated_once(families, login)
    families.extend_grace(locator_of(login), rotation.rotation_id, NOW + 3600)
    again = rotation_of(login, now=NOW + 3599)
    assert judge(families.rotate(again), again) is Verdict.REPEATED
    late = rotation_of(login, now=NOW + 3600)
    assert judge(families.rotate(late), late) is Verdict.REPLAYED


def test_other_parameters_within_the_grace_are_told_apart(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    rotated_once(families, login)
    before = stored(grants, login)
    other = rotation_of(login, params_hash="others")
    assert judge(families.rotate(other), other) is Verdict.OTHER_PARAMETERS
    assert stored(grants, login) == before


@pytest.mark.parametrize("generation", [1, 2, 3], ids=["long replaced", "replaced", "current"])
def test_any_token_of_the_family_revokes_it_for_its_client(
    families: RefreshFamilies, grants: Table, login: Login, generation: int
) -> None:
    """RFC 7009 §2.1."""
    after_two_rotations(families, login)
    before = stored(grants, login)
    shown = rotation_of(login, generation).shown
    families.revoke_by_refresh_token(shown, "another", NOW)
    assert stored(grants, login) == before
    for now in (NOW + 1, NOW + 2):
        families.revoke_by_refresh_token(shown, login.client_id, now)
        assert stored(grants, login)["revoked_at"] == NOW + 1


@pytest.mark.parametrize("generation", [2, 3, 4], ids=["replaced", "current", "never made"])
def test_a_token_with_a_wrong_secret_revokes_nothing(
    families: RefreshFamilies, grants: Table, login: Login, generation: int
) -> None:
    after_two_rotations(families, login)
    before = stored(grants, login)
    wrong = with_secret(rotation_of(login, generation), "wrong").shown
    families.revoke_by_refresh_token(wrong, login.client_id, NOW)
    assert stored(grants, login) == before


def test_a_login_is_revoked_by_its_sid_and_client(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    before, where = stored(grants, login), locator_of(login)
    families.revoke_by_sid(where, "another sid", login.client_id, NOW)
    families.revoke_by_sid(where, login.sid, "another client", NOW)
    assert stored(grants, login) == before
    families.revoke_by_sid(where, login.sid, login.client_id, NOW)
    assert stored(grants, login)["revoked_at"] == NOW


def test_of_rotations_and_a_revocation_at_once_the_revocation_stays(
    families: RefreshFamilies, grants: Table, login: Login
) -> None:
    rotations = [rotation_of(login) for _ in range(THREADS)]
    shown = rotations[0].shown

    def run(n: int) -> Any:
        if n == 0:
            return families.revoke_by_refresh_token(shown, login.client_id, NOW)
        return families.rotate(rotations[n])

    results = at_once(THREADS, run)
    assert not [result for result in results if isinstance(result, BaseException)]
    assert stored(grants, login)["revoked_at"] == NOW
    assert not families.rotate(rotation_of(login, 2)).applied
