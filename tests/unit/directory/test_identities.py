"""Identities: what a change does, whoever else is changing the same."""

import os
from dataclasses import replace
from typing import Any

import pytest
from keybound.directory.identities import (
    IdentityChange,
    IdentityPorts,
    NewIdentity,
    create_identity,
    delete_identity,
    get_identity,
    update_identity,
)
from keybound.domain.errors import NotFound, Unavailable
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath

from tests.support.directory_samples import NOW, REALM


class Remembered:
    """Identities in a dictionary; `meddle` runs once before each write, as a rival would."""

    def __init__(self) -> None:
        self.stored: dict[IdentityId, Identity] = {}
        self.rivals = 0
        self.removed: list[IdentityId] = []

    def find(self, path: RealmPath, identity_id: IdentityId) -> Identity | None:
        return self.stored.get(identity_id)

    def create(self, identity: Identity, also: Writes = (), reused: Any = ()) -> None:
        self.stored[identity.id] = identity

    def find_many(self, path: RealmPath, identity_ids: Any) -> list[Identity | None]:
        return [self.stored.get(each) for each in identity_ids]

    def in_use(self, path: RealmPath) -> frozenset[str]:
        return frozenset()

    def replace(self, before: Identity, after: Identity, reused: Any = ()) -> bool:
        self._rival(before.id)
        if self.stored[before.id].revision != before.revision:
            return False
        self.stored[before.id] = after
        return True

    def delete(self, identity: Identity) -> bool:
        self._rival(identity.id)
        if self.stored[identity.id].revision != identity.revision:
            return False
        del self.stored[identity.id]
        return True

    def delete_together(self, identities: Any) -> bool:
        return all(self.delete(identity) for identity in identities)

    def remove(self, path: RealmPath, identity_id: IdentityId) -> bool:
        self.removed.append(identity_id)
        return True

    def _rival(self, identity_id: IdentityId) -> None:
        if self.rivals:
            self.rivals -= 1
            found = self.stored[identity_id]
            traits = {**found.traits, "title": f"rival {self.rivals}"}
            self.stored[identity_id] = replace(found, traits=traits, revision=found.revision + 1)


@pytest.fixture
def memory() -> Remembered:
    return Remembered()


@pytest.fixture
def ports(memory: Remembered) -> IdentityPorts:
    return IdentityPorts(memory, memory, memory, lambda: NOW, os.urandom)


def create(ports: IdentityPorts) -> Identity:
    traits = {"username": "ada", "given_name": "Ada", "title": ""}
    return create_identity(ports, REALM, NewIdentity("Ada", "active", traits))


def test_empty_traits_are_not_stored(ports: IdentityPorts) -> None:
    assert create(ports).traits == {"username": "ada", "given_name": "Ada"}


def test_a_change_that_lost_a_race_is_decided_again(
    ports: IdentityPorts, memory: Remembered
) -> None:
    made = create(ports)
    memory.rivals = 3
    after = update_identity(ports, REALM, made.id, IdentityChange(display_name="Augusta"))
    assert after.display_name == "Augusta"
    assert after.traits["title"] == "rival 0"
    assert memory.stored[made.id] == after


def test_a_change_that_loses_every_race_is_unavailable(
    ports: IdentityPorts, memory: Remembered
) -> None:
    made = create(ports)
    memory.rivals = 1000
    with pytest.raises(Unavailable):
        update_identity(ports, REALM, made.id, IdentityChange(display_name="Augusta"))


def test_a_change_of_status_moves_the_epoch_and_no_other_change_does(
    ports: IdentityPorts,
) -> None:
    made = create(ports)
    renamed = update_identity(ports, REALM, made.id, IdentityChange(display_name="Augusta"))
    suspended = update_identity(ports, REALM, made.id, IdentityChange(status="suspended"))
    again = update_identity(ports, REALM, made.id, IdentityChange(status="suspended"))
    resumed = update_identity(ports, REALM, made.id, IdentityChange(status="active"))
    epochs = [i.credential_epoch for i in (made, renamed, suspended, again, resumed)]
    assert epochs == [0, 0, 1, 1, 2]
    assert [i.revision for i in (made, renamed, suspended, again, resumed)] == [0, 1, 2, 2, 3]


def test_a_proven_address_counts_only_while_it_is_the_current_one(
    ports: IdentityPorts, memory: Remembered
) -> None:
    made = create(ports)
    memory.stored[made.id] = replace(
        made,
        traits={**made.traits, "primary_email_address": "a@example.com"},
        verified_email="a@example.com",
    )
    assert memory.stored[made.id].email_verified
    change = IdentityChange(traits={"primary_email_address": "b@example.com"})
    assert not update_identity(ports, REALM, made.id, change).email_verified


def test_deleting_again_clears_what_an_interrupted_deletion_left(
    ports: IdentityPorts, memory: Remembered
) -> None:
    made = create(ports)
    memory.rivals = 2
    delete_identity(ports, REALM, made.id)
    with pytest.raises(NotFound):
        delete_identity(ports, REALM, made.id)
    assert memory.removed == [made.id, made.id]
    with pytest.raises(NotFound):
        delete_identity(ports, REALM, "not an id")
    assert memory.removed == [made.id, made.id]


@pytest.mark.parametrize("odd", ["", "x", "0" * 15, "0" * 17, "A" * 16, "0" * 15 + "\n"])
def test_an_id_of_another_form_is_never_looked_up(ports: IdentityPorts, odd: str) -> None:
    with pytest.raises(NotFound) as refusal:
        get_identity(ports, REALM, odd)
    assert refusal.value.resource.id == odd
