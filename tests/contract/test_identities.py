"""The port `keybound.directory.ports.Identities` on its adapter."""

import os
from dataclasses import replace
from typing import Any

import pytest
from keybound.directory.ports import SubjectWasAnothers
from keybound.domain.errors import Conflict, Unavailable
from keybound.domain.identity import Identity
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.contention import TRIES, Contention
from keybound.storage.identities import Identities
from keybound.storage.table import Contended, Table

from tests.support.at_once import at_once
from tests.support.directory_samples import NOW, OTHER_REALM, REALM, impatient, new_identity


@pytest.fixture
def identities(directory: Table) -> Identities:
    return Identities(directory, impatient())


def create(
    identities: Identities, username: str = "ada", reused: Any = (), **changes: Any
) -> Identity:
    identity = new_identity(username, **changes)
    identities.create(identity, reused=reused)
    return identity


def changed(before: Identity, **changes: Any) -> Identity:
    return replace(before, revision=before.revision + 1, update_time=NOW + 1, **changes)


def test_what_was_created_is_found_by_id_and_by_username(identities: Identities) -> None:
    made = create(identities, "Ada")
    assert identities.find(REALM, made.id) == made
    assert identities.find_by_username(REALM, "aDA") == made
    assert identities.find(OTHER_REALM, made.id) is None
    assert identities.find_by_username(OTHER_REALM, "ada") is None
    assert identities.find_by_username(REALM, "bob") is None


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ("ada", "ADA"),
        ("straße", "STRASSE"),
        ("\u00e9lan", "e\u0301lan"),
        ("ada1", "ada\uff11"),
        ("ﬁn", "fin"),
        ("\u0130x", "i\u0307x"),
    ],
)
def test_a_username_differing_in_case_or_unicode_form_is_taken(
    identities: Identities, taken: str, wanted: str
) -> None:
    """N121: unique without regard to case and to compatibility forms (UAX #15, NFKC)."""
    create(identities, taken)
    with pytest.raises(Conflict, match="username already exists"):
        create(identities, wanted)
    assert identities.total(REALM) == 1


def test_the_same_username_is_free_in_another_realm(identities: Identities) -> None:
    create(identities)
    create(identities, realm_id=OTHER_REALM.realm_id)
    assert (identities.total(REALM), identities.total(OTHER_REALM)) == (1, 1)


def test_of_fifty_creates_of_one_username_exactly_one_wins(identities: Identities) -> None:
    """N121, T29's shape: the claim is one conditional write."""
    spellings = ("ada", "ADA", "Ada", "\uff41da")
    results = at_once(50, lambda n: create(identities, spellings[n % 4]))
    won = [result for result in results if isinstance(result, Identity)]
    assert len(won) == 1
    assert [type(r) for r in results if not isinstance(r, Identity)] == [Conflict] * 49
    assert identities.total(REALM) == 1
    assert identities.find_by_username(REALM, "ada") == won[0]


def test_fifty_creates_of_fifty_usernames_are_all_counted(identities: Identities) -> None:
    """The total never drifts: it changes in the transaction that makes the identity."""
    results = at_once(50, lambda n: create(identities, f"user{n}"))
    assert [r for r in results if isinstance(r, BaseException)] == []
    assert identities.total(REALM) == 50


def test_a_change_applies_once_to_the_revision_that_was_read(identities: Identities) -> None:
    before = create(identities)
    after = changed(before, display_name="Augusta")
    assert identities.replace(before, after)
    assert identities.find(REALM, before.id) == after
    assert not identities.replace(before, changed(before, display_name="Byron"))
    assert identities.find(REALM, before.id) == after


def test_of_fifty_changes_to_one_revision_exactly_one_applies(identities: Identities) -> None:
    before = create(identities)
    results = at_once(
        50, lambda n: identities.replace(before, changed(before, display_name=f"Name {n}"))
    )
    assert results.count(True) == 1
    assert results.count(False) == 49


def test_a_new_username_moves_the_claim(identities: Identities) -> None:
    before = create(identities, "ada")
    after = changed(before, traits={"username": "countess"})
    assert identities.replace(before, after)
    assert identities.find_by_username(REALM, "ada") is None
    assert identities.find_by_username(REALM, "countess") == after
    with pytest.raises(SubjectWasAnothers):
        create(identities, "ADA")
    create(identities, "ADA", reused=["username"])


def test_a_new_spelling_of_ones_own_username_is_no_conflict(identities: Identities) -> None:
    before = create(identities, "ada")
    after = changed(before, traits={"username": "Ada"})
    assert identities.replace(before, after)
    assert identities.find_by_username(REALM, "ada") == after


def test_a_taken_username_changes_nothing(identities: Identities) -> None:
    create(identities, "bob")
    before = create(identities, "ada")
    with pytest.raises(Conflict, match="username already exists"):
        identities.replace(before, changed(before, traits={"username": "BOB"}))
    assert identities.find(REALM, before.id) == before
    assert identities.find_by_username(REALM, "ada") == before


def test_of_fifty_who_rename_themselves_alike_exactly_one_succeeds(
    identities: Identities,
) -> None:
    people = [create(identities, f"user{n}") for n in range(50)]

    def rename(number: int) -> bool:
        before = people[number]
        return identities.replace(before, changed(before, traits={"username": "Only"}))

    results = at_once(50, rename)
    assert results.count(True) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 49
    assert identities.find_by_username(REALM, "only") is not None


def test_a_change_leaves_passkeys_alone_and_moves_the_epoch(
    identities: Identities, directory: Table
) -> None:
    """A binding may add a passkey between the read and the write of a PATCH."""
    before = create(identities)
    directory.update(
        keys.identity(REALM.tenant_id, REALM.realm_id, before.id),
        "SET passkeys = :p, credential_epoch = :e",
        values={":p": [{"id": "0" * 16, "credential_id": "abc"}], ":e": 7},
    )
    suspended = changed(before, status="suspended", credential_epoch=before.credential_epoch + 1)
    assert identities.replace(before, suspended)
    found = identities.find(REALM, before.id)
    assert found is not None
    assert (found.status, found.credential_epoch, len(found.passkeys)) == ("suspended", 8, 1)


def test_a_deleted_identity_frees_its_username_and_counts_down(identities: Identities) -> None:
    made = create(identities)
    assert identities.delete(made)
    assert identities.find(REALM, made.id) is None
    assert identities.find_by_username(REALM, "ada") is None
    assert identities.total(REALM) == 0
    assert not identities.delete(made)
    assert identities.total(REALM) == 0
    with pytest.raises(SubjectWasAnothers):
        create(identities)
    assert identities.total(REALM) == 0
    create(identities, reused=["username"])


def test_many_are_deleted_together_or_not_at_all(identities: Identities) -> None:
    email = {"primary_email_address": "team@example.com"}
    people = [create(identities, f"u{n}", traits={"username": f"u{n}", **email}) for n in range(20)]
    stale = [*people[:19], replace(people[19], revision=7)]
    assert not identities.delete_together(stale)
    assert identities.total(REALM) == 20
    results = at_once(10, lambda _: identities.delete_together(people))
    assert results.count(True) == 1
    assert identities.total(REALM) == 0
    assert identities.find_many(REALM, [each.id for each in people]) == [None] * 20


def test_of_many_who_take_a_left_username_while_it_is_left_none_gets_it(
    identities: Identities,
) -> None:
    """Deletion and creation meet in transactions: there is no moment without claim or memory."""
    holder = create(identities, "ada")

    def act(number: int) -> bool:
        if not number:
            return identities.delete(holder)
        create(identities, "ada")
        return True

    results = at_once(20, act)
    assert results.count(True) == 1
    refused = [each for each in results if isinstance(each, Conflict | SubjectWasAnothers)]
    assert len(refused) == 19


def test_of_fifty_deletions_exactly_one_counts(identities: Identities) -> None:
    made = create(identities)
    create(identities, "bob")
    results = at_once(50, lambda _: identities.delete(made))
    assert results.count(True) == 1
    assert identities.total(REALM) == 1


@pytest.mark.parametrize("number", range(10))
def test_a_rename_and_a_deletion_at_once_leave_no_claim_behind(
    identities: Identities, number: int
) -> None:
    before = create(identities, "before")
    after = changed(before, traits={"username": "after"})
    results = at_once(
        2, lambda n: identities.replace(before, after) if n else identities.delete(before)
    )
    assert results.count(True) == 1
    survivor = identities.find(REALM, before.id)
    claimed = [name for name in ("before", "after") if identities.find_by_username(REALM, name)]
    assert claimed == ([survivor.username] if survivor else [])
    assert identities.total(REALM) == len(claimed)


def test_a_list_goes_page_by_page_in_order_of_creation(identities: Identities) -> None:
    made = [create(identities, f"user{n}", create_time=NOW + n) for n in range(7)]
    seen: list[Identity] = []
    start: dict[str, str] | None = None
    for _ in range(3):
        shown, start = identities.page(REALM, size=3, skip=0, start=start)
        seen += shown
    assert start is None
    assert seen == made
    skipped, more = identities.page(REALM, size=2, skip=4, start=None)
    assert skipped == made[4:6]
    assert more is not None
    assert identities.page(OTHER_REALM, size=3, skip=0, start=None) == ([], None)


def test_a_list_of_two_hundred_needs_more_than_one_batch(identities: Identities) -> None:
    for number in range(105):
        create(identities, f"user{number}")
    shown, more = identities.page(REALM, size=200, skip=0, start=None)
    assert (len(shown), more) == (105, None)


class Losing:
    """Loses the first `losses` writes to another transaction, then lets them through."""

    def __init__(self, losses: int) -> None:
        self.left = losses
        self.waits: list[float] = []
        self.contention = Contention(os.urandom, self.waits.append)

    def write(self) -> str:
        if self.left:
            self.left -= 1
            raise Contended(detail="TransactionConflict")
        return "written"


def test_a_write_that_meets_another_transaction_is_tried_again_after_growing_waits() -> None:
    losing = Losing(TRIES - 1)
    assert losing.contention.retry(losing.write) == "written"
    assert len(losing.waits) == TRIES - 1
    assert sum(losing.waits) < 1
    assert losing.waits[-1] > losing.waits[0]


def test_a_write_that_always_loses_is_given_up_as_unavailable() -> None:
    losing = Losing(100)
    with pytest.raises(Unavailable):
        losing.contention.retry(losing.write)
    assert losing.left == 100 - TRIES


def test_a_realm_path_is_part_of_every_key(identities: Identities) -> None:
    made = create(identities)
    assert identities.find(RealmPath(OTHER_REALM.realm_id, REALM.realm_id), made.id) is None  # type: ignore[arg-type]
