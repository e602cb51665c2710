"""The port `keybound.directory.ports_configuration.Applications` on its adapter."""

import os
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.ids import AuthenticatorConfigId
from keybound.storage import keys
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.codec import encode
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_application, new_config
from tests.support.directory_samples import OTHER_REALM, REALM
from tests.support.repeating_client import RepeatingClient


@pytest.fixture
def applications(directory: Table) -> Applications:
    return Applications(directory, os.urandom)


@pytest.fixture
def configs(directory: Table) -> AuthenticatorConfigs:
    return AuthenticatorConfigs(directory, os.urandom)


def test_what_was_created_is_found_in_its_realm_only(applications: Applications) -> None:
    made = new_application()
    assert applications.create(made)
    found = applications.find(REALM, made.id)
    assert found is not None
    assert found.entity == made
    assert applications.find(OTHER_REALM, made.id) is None
    assert applications.all(REALM) == (made,)
    assert applications.all(OTHER_REALM) == ()


def test_an_id_is_taken_once(applications: Applications) -> None:
    made = new_application()
    assert applications.create(made)
    assert not applications.create(replace(made, display_name="Usurper"))
    assert applications.all(REALM) == (made,)


def test_an_application_of_a_config_that_is_gone_is_not_stored(applications: Applications) -> None:
    missing = AuthenticatorConfigId("00000000-0000-4000-8000-000000000000")
    made = new_application(authenticator_config_id=missing)
    assert not applications.create(made)
    assert applications.all(REALM) == ()
    assert applications.create(replace(made, authenticator_config_id=None))
    found = applications.find(REALM, made.id)
    assert found is not None
    assert not applications.replace(found, made)
    assert applications.find(REALM, made.id) == found


def test_a_change_made_on_an_old_revision_is_refused(applications: Applications) -> None:
    made = new_application()
    applications.create(made)
    before = applications.find(REALM, made.id)
    assert before is not None
    assert applications.replace(before, replace(made, display_name="First"))
    assert not applications.replace(before, replace(made, display_name="Second"))
    assert not applications.remove(before)
    found = applications.find(REALM, made.id)
    assert found is not None
    assert found.entity.display_name == "First"


def test_lists_that_become_empty_are_stored_as_empty(applications: Applications) -> None:
    made = new_application(allowed_scopes=("a", "b"))
    applications.create(made)
    before = applications.find(REALM, made.id)
    assert before is not None
    after = replace(made, allowed_scopes=(), redirect_uris=())
    assert applications.replace(before, after)
    found = applications.find(REALM, made.id)
    assert found is not None
    assert found.entity == after


def test_an_update_keeps_what_others_put_on_the_item(
    applications: Applications, directory: Table
) -> None:
    made = new_application()
    applications.create(made)
    key = keys.application(made.tenant_id, made.realm_id, made.id)
    directory.update(key, "SET later_attribute = :x", values={":x": 1})
    before = applications.find(REALM, made.id)
    assert before is not None
    applications.replace(before, replace(made, display_name="New"))
    item = directory.get(key)
    assert item is not None
    assert item["later_attribute"] == 1


def test_an_item_of_the_bootstrap_has_no_revision_and_can_be_changed(
    applications: Applications, directory: Table
) -> None:
    made = new_application()
    key = keys.application(made.tenant_id, made.realm_id, made.id)
    directory.put({**key._asdict(), **encode(made)})
    before = applications.find(REALM, made.id)
    assert before is not None
    assert applications.replace(before, replace(made, display_name="New"))
    assert not applications.replace(before, replace(made, display_name="Newer"))


def test_of_fifty_changes_of_one_revision_one_is_made(applications: Applications) -> None:
    made = new_application()
    applications.create(made)
    before = applications.find(REALM, made.id)
    assert before is not None

    results = at_once(
        50, lambda n: applications.replace(before, replace(made, display_name=f"Name {n}"))
    )

    assert results.count(True) == 1
    assert results.count(False) == 49
    found = applications.find(REALM, made.id)
    assert found is not None
    assert found.entity.display_name == f"Name {results.index(True)}"


def test_a_write_that_reached_the_table_twice_counts_once(dynamodb: Any, directory: Table) -> None:
    """botocore repeats a write whose answer was lost: the second answer is success all the same."""
    repeating = Table(lambda: RepeatingClient(dynamodb), directory.name)
    applications = Applications(repeating, os.urandom)
    configs = AuthenticatorConfigs(repeating, os.urandom)
    config = new_config()
    assert configs.create(config)
    made = new_application(authenticator_config_id=config.id)
    assert applications.create(made)
    before = applications.find(REALM, made.id)
    assert before is not None
    after = replace(made, display_name="New")
    assert applications.replace(before, after)
    found = applications.find(REALM, made.id)
    assert found is not None
    assert (found.entity, found.revision) == (after, before.revision + 1)
    stored = configs.find(REALM, config.id)
    assert stored is not None
    assert stored.reference_epoch == 1
    assert applications.remove(found)
    assert applications.find(REALM, made.id) is None


def test_a_config_someone_began_to_use_since_it_was_read_is_not_removed(
    applications: Applications, configs: AuthenticatorConfigs
) -> None:
    config = new_config()
    configs.create(config)
    unused = configs.find(REALM, config.id)
    assert unused is not None
    applications.create(new_application(authenticator_config_id=config.id))
    assert not configs.remove(unused)
    used = configs.find(REALM, config.id)
    assert used is not None
    assert used.reference_epoch == 1
    other = new_application()
    applications.create(other)
    before = applications.find(REALM, other.id)
    assert before is not None
    assert applications.replace(before, replace(other, authenticator_config_id=config.id))
    assert not configs.remove(used)


@pytest.mark.parametrize("_", range(10))
def test_of_use_and_removal_at_once_only_one_succeeds(
    applications: Applications, configs: AuthenticatorConfigs, _: int
) -> None:
    config = new_config()
    configs.create(config)
    before = configs.find(REALM, config.id)
    assert before is not None
    made = new_application(authenticator_config_id=config.id)
    acts = (lambda: applications.create(made), lambda: configs.remove(before))

    results = at_once(2, lambda n: acts[n]())

    assert sorted(results, key=str) == [False, True], results
    assert (configs.find(REALM, config.id) is None) == (results[1] is True)
