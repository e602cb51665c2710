"""The ports `Memberships`, `Groups` and `Roles` on their adapters: both sides agree, whatever
happens at once."""

import os
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.errors import Conflict, NotFound, PlatformError
from keybound.domain.group import MAX_MEMBERSHIPS, Group, Role
from keybound.domain.identity import Identity
from keybound.domain.ids import GroupId, ResourceServerId, RoleId
from keybound.domain.versioned import Versioned
from keybound.storage.groups import Groups
from keybound.storage.identities import Identities
from keybound.storage.identity_remains import IdentityRemains
from keybound.storage.memberships import Memberships
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles
from keybound.storage.table import Table

from tests.contract.test_resource_servers import new_server
from tests.support.at_once import at_once
from tests.support.directory_samples import NOW, REALM, hex_id, impatient, new_identity


class Store:
    """Every adapter over one table."""

    def __init__(self, directory: Table) -> None:
        self.groups = Groups(directory, impatient())
        self.roles = Roles(directory, os.urandom)
        self.servers = ResourceServers(directory, os.urandom)
        self.people = Identities(directory, impatient())
        self.remains = IdentityRemains(directory, impatient())
        self.memberships = Memberships(directory, impatient())

    def group(self) -> Group:
        t, r = REALM.tenant_id, REALM.realm_id
        group = Group(GroupId(hex_id()), t, r, "Warehouse", "", NOW, NOW)
        for _ in range(20):
            if self.groups.create(group):
                return group
        raise AssertionError("no group")

    def role(self) -> Role:
        server = new_server(f"urn:example:{os.urandom(8).hex()}")
        assert self.servers.create(server)
        found = self.servers.find(REALM, server.id)
        assert found is not None
        t, r = REALM.tenant_id, REALM.realm_id
        role = Role(RoleId(hex_id()), ResourceServerId(server.id), t, r, "Clerk", "", NOW, NOW)
        assert self.roles.create(role, found)
        return role

    def person(self, name: str) -> Identity:
        person = new_identity(name)
        self.people.create(person)
        return person

    def seen(self, holder: Group | Role) -> Versioned[Any]:
        found: Versioned[Any] | None
        if isinstance(holder, Group):
            found = self.groups.find(REALM, holder.id)
        else:
            found = self.roles.find(REALM, holder.resource_server_id, holder.id)
        assert found is not None
        return found

    def agree(self, holder: Group | Role, *expected: Identity) -> None:
        """Rows, sets and count say the same."""
        members, _ = self.memberships.page(holder, size=200, skip=0, start=None)
        assert {member.id for member in members} == {person.id for person in expected}
        assert self.seen(holder).entity.member_count == len(expected)
        for member in members:
            held = member.group_ids if isinstance(holder, Group) else member.role_ids
            assert holder.id in held


@pytest.fixture
def store(directory: Table) -> Store:
    return Store(directory)


def holders(store: Store) -> list[Group | Role]:
    return [store.group(), store.role()]


def test_of_parallel_additions_and_endings_of_one_member_both_sides_agree(store: Store) -> None:
    person = store.person("ada")
    for holder in holders(store):

        def run(number: int, holder: Group | Role = holder) -> bool:
            if number % 2:
                store.memberships.remove(holder, [person.id])
                return True
            return store.memberships.add(store.seen(holder), [person.id])

        for result in at_once(8, run):
            assert result is True or isinstance(result, PlatformError)
        now = store.people.find(REALM, person.id)
        assert now is not None
        is_member = holder.id in now.group_ids | now.role_ids
        store.agree(holder, *([person] if is_member else []))
        store.memberships.remove(holder, [person.id])
        store.agree(holder)


def test_parallel_additions_of_different_people_all_count(store: Store) -> None:
    people = [store.person(f"person {number}") for number in range(6)]
    for holder in holders(store):

        def run(number: int, holder: Group | Role = holder) -> bool:
            for _ in range(50):
                try:
                    return store.memberships.add(store.seen(holder), [people[number].id])
                except PlatformError:
                    continue
            return False

        assert at_once(6, run) == [True] * 6
        store.agree(holder, *people)


def test_an_identity_that_is_deleted_leaves_both_sides(store: Store) -> None:
    person, stays = store.person("ada"), store.person("bob")
    kept = holders(store)
    for holder in kept:
        assert store.memberships.add(store.seen(holder), [person.id, stays.id])
    assert not store.people.delete(person), "read before it became a member"
    now = store.people.find(REALM, person.id)
    assert now is not None
    assert store.people.delete(now)
    assert store.remains.remove(REALM, person.id)
    assert store.remains.remove(REALM, person.id)
    for holder in kept:
        store.agree(holder, stays)
        with pytest.raises(NotFound):
            store.memberships.add(store.seen(holder), [person.id])
        store.agree(holder, stays)


def test_of_an_addition_and_a_deletion_of_the_group_one_succeeds(store: Store) -> None:
    person = store.person("ada")
    for _ in range(5):
        group = store.group()
        seen = store.seen(group)

        def run(number: int, seen: Versioned[Any] = seen) -> bool:
            if number:
                return store.groups.remove(seen)
            return store.memberships.add(seen, [person.id])

        added, removed = at_once(2, run)
        assert (added is True) != (removed is True)
        now = store.people.find(REALM, person.id)
        assert now is not None
        assert (group.id in now.group_ids) == (added is True)


def test_an_addition_is_judged_again_when_what_it_gives_has_grown(store: Store) -> None:
    person, group, role = store.person("ada"), store.group(), store.role()
    seen_group, seen_role = store.seen(group), store.seen(role)
    assert store.roles.add_groups(seen_role, [group.id])
    assert not store.memberships.add(seen_group, [person.id]), "a role got the group"
    seen_group = store.seen(group)
    assert store.roles.replace(seen_role, replace(seen_role.entity, scopes=("orders:read",)))
    assert not store.memberships.add(seen_role, [person.id]), "the role got a scope"
    assert not store.memberships.add(seen_group, [person.id], [seen_role]), "so did its role"
    store.agree(group)
    assert store.memberships.add(seen_group, [person.id], [store.seen(role)])
    store.agree(group, person)


def test_a_role_with_members_or_groups_is_not_removed(store: Store) -> None:
    person, group, role = store.person("ada"), store.group(), store.role()
    before = store.seen(role)
    assert store.memberships.add(before, [person.id])
    assert not store.roles.remove(before)
    store.memberships.remove(role, [person.id])
    assert store.roles.add_groups(before, [group.id])
    assert not store.roles.remove(before)
    assert store.roles.remove_groups(role, [group.id])
    assert store.roles.remove(before)
    assert not store.roles.add_groups(before, [group.id])
    assert not store.roles.remove_groups(role, [group.id])
    assert not store.memberships.add(before, [person.id])


def test_an_identity_has_a_bounded_number_of_memberships(store: Store) -> None:
    full = new_identity("ada", group_ids=frozenset(hex_id() for _ in range(MAX_MEMBERSHIPS)))
    store.people.create(full)
    group = store.group()
    with pytest.raises(Conflict, match="at most 200"):
        store.memberships.add(store.seen(group), [full.id])
    store.agree(group)
    assert store.memberships.add(store.seen(store.role()), [full.id])
