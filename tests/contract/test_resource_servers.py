"""The port `ResourceServers` on its adapter: identifiers stay unique, whatever happens at once."""

import os
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.application import ResourceServer
from keybound.domain.ids import ResourceServerId, new_uuid
from keybound.storage import keys
from keybound.storage.applications import Applications
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_application
from tests.support.directory_samples import NOW, OTHER_REALM, REALM


@pytest.fixture
def servers(directory: Table) -> ResourceServers:
    return ResourceServers(directory, os.urandom)


def new_server(identifier: str = "https://orders.example.com", **changes: Any) -> ResourceServer:
    server = ResourceServer(
        ResourceServerId(new_uuid(os.urandom)),
        REALM.tenant_id,
        REALM.realm_id,
        "Orders",
        identifier,
        ("orders:read",),
        NOW,
        NOW,
    )
    return replace(server, **changes)


def test_a_resource_server_is_found_in_its_realm_only(servers: ResourceServers) -> None:
    made = new_server()
    assert servers.create(made)
    found = servers.find(REALM, made.id)
    assert found is not None
    assert found.entity == made
    assert servers.find(OTHER_REALM, made.id) is None
    assert servers.all(REALM) == (made,)
    assert servers.all(OTHER_REALM) == ()


def test_of_twenty_who_want_one_identifier_one_gets_it(servers: ResourceServers) -> None:
    spellings = ["https://orders.example.com", "https://ORDERS.example.com/"]
    results = at_once(20, lambda number: servers.create(new_server(spellings[number % 2])))
    assert results.count(True) == 1
    assert results.count(False) == 19
    assert len(servers.all(REALM)) == 1


def test_of_creations_and_renamings_to_one_identifier_one_happens(servers: ResourceServers) -> None:
    made = [new_server(f"urn:example:{number}") for number in range(10)]
    assert all(servers.create(server) for server in made)

    def want(number: int) -> bool:
        if number >= 10:
            return servers.create(new_server("urn:example:wanted"))
        before = servers.find(REALM, made[number].id)
        assert before is not None
        return servers.replace(before, replace(before.entity, identifier="urn:example:wanted"))

    results = at_once(20, want)
    assert results.count(True) == 1
    assert [s.identifier for s in servers.all(REALM)].count("urn:example:wanted") == 1


def test_a_removed_one_gives_its_identifier_back_and_an_old_one_takes_nobody_elses(
    servers: ResourceServers, directory: Table
) -> None:
    made = new_server()
    assert servers.create(made)
    before = servers.find(REALM, made.id)
    assert before is not None
    assert servers.remove(before)
    assert servers.remove(before)
    again = new_server()
    assert servers.create(again)
    assert not servers.replace(before, replace(made, identifier="urn:example:other"))
    assert servers.is_taken(REALM, made.identifier, by_other_than=made.id)
    assert not servers.is_taken(REALM, made.identifier, by_other_than=again.id)


def test_of_a_removal_and_a_first_use_at_once_only_one_succeeds(
    servers: ResourceServers, directory: Table
) -> None:
    applications = Applications(directory, os.urandom)
    for _ in range(5):
        made = new_server(f"urn:example:{os.urandom(4).hex()}")
        assert servers.create(made)
        before = servers.find(REALM, made.id)
        assert before is not None
        user = new_application(resource_server_id=made.id)

        def run(number: int, before: Any = before, user: Any = user) -> bool:
            return applications.create(user) if number else servers.remove(before)

        results = at_once(2, run)
        removed, used = servers.find(REALM, made.id) is None, bool(applications.all(REALM))
        assert [removed, used] == results
        assert not (removed and used)
        if used:
            key = keys.application(REALM.tenant_id, REALM.realm_id, user.id)
            directory.delete(key)
