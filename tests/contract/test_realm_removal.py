"""The port `keybound.directory.ports_tenancy.RealmRemoval`: a realm ends for good.

Each race has one outcome: the realm is gone and empty, or it is there with what was made.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.tenancy import Realm
from keybound.domain.versioned import Versioned
from keybound.storage.applications import Applications
from keybound.storage.identities import Identities
from keybound.storage.realm_removal import RealmRemoval
from keybound.storage.realms import Realms
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_application
from tests.support.directory_samples import REALM, impatient, new_identity
from tests.support.repeating_client import RepeatingClient


def found(directory: Table) -> Versioned[Realm] | None:
    return Realms(directory, os.urandom).read(REALM.tenant_id, REALM.realm_id)


def present(directory: Table) -> Versioned[Realm]:
    realm = found(directory)
    assert realm is not None
    return realm


def test_an_empty_realm_is_removed_and_takes_nothing_more(directory: Table) -> None:
    removal = RealmRemoval(directory, os.urandom)
    applications = Applications(directory, os.urandom)
    assert applications.create(new_application())
    assert removal.remove(present(directory))
    assert found(directory) is None
    with pytest.raises(NotFound):
        Identities(directory, impatient()).create(new_identity())
    assert not applications.create(new_application())
    assert removal.clear(REALM)
    assert applications.all(REALM) == ()
    assert removal.clear(REALM)


def test_a_realm_that_had_identities_may_go_when_they_are_gone(directory: Table) -> None:
    removal, identities = RealmRemoval(directory, os.urandom), Identities(directory, impatient())
    people = [new_identity(f"person {n}") for n in range(5)]
    for person in people:
        identities.create(person)
    with pytest.raises(Conflict, match="realm has children"):
        removal.remove(present(directory))
    for person in people:
        assert identities.delete(person)
    assert removal.remove(present(directory))


def test_what_lives_is_not_cleared(directory: Table) -> None:
    with pytest.raises(ValueError, match="exists"):
        RealmRemoval(directory, os.urandom).clear(REALM)


def test_more_than_a_batch_is_cleared(directory: Table) -> None:
    applications = Applications(directory, os.urandom)
    for _ in range(100):
        assert applications.create(new_application())
    removal = RealmRemoval(directory, os.urandom)
    assert removal.remove(present(directory))
    assert removal.clear(REALM)
    assert applications.all(REALM) == ()


def test_a_removal_on_an_old_revision_is_refused(directory: Table) -> None:
    before = present(directory)
    assert Applications(directory, os.urandom).create(new_application())
    assert not RealmRemoval(directory, os.urandom).remove(before)
    assert found(directory) is not None


def test_a_removal_that_reached_the_table_twice_is_one(dynamodb: Any, directory: Table) -> None:
    repeating = Table(lambda: RepeatingClient(dynamodb), directory.name)
    assert RealmRemoval(repeating, os.urandom).remove(present(directory))
    assert found(directory) is None


def make_identity(directory: Table) -> bool:
    Identities(directory, impatient()).create(new_identity())
    return True


def make_application(directory: Table) -> bool:
    return Applications(directory, os.urandom).create(new_application())


def identities_left(directory: Table) -> int:
    return Identities(directory, impatient()).total(REALM)


def applications_left(directory: Table) -> int:
    return len(Applications(directory, os.urandom).all(REALM))


@pytest.mark.parametrize("_", range(10))
@pytest.mark.parametrize(
    ("make", "left"),
    [(make_identity, identities_left), (make_application, applications_left)],
    ids=["identity", "application"],
)
def test_of_a_creation_and_the_removal_at_once_no_orphan_is_left(
    directory: Table, make: Callable[[Table], bool], left: Callable[[Table], int], _: int
) -> None:
    removal, before = RealmRemoval(directory, os.urandom), present(directory)
    acts = (lambda: make(directory), lambda: removal.remove(before))

    made, removed = at_once(2, lambda n: acts[n]())

    assert (found(directory) is None) == (removed is True)
    assert sum(outcome is True for outcome in (made, removed)) == 1, (made, removed)
    assert left(directory) == (made is True)
