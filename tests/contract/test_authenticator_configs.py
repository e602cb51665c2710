"""The ports `AuthenticatorConfigs` and `BoundPasskeys` on their adapters."""

import os
from dataclasses import replace

import pytest
from keybound.storage import keys
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.bound_passkeys import BoundPasskeys
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_config
from tests.support.directory_samples import OTHER_REALM, REALM


@pytest.fixture
def configs(directory: Table) -> AuthenticatorConfigs:
    return AuthenticatorConfigs(directory, os.urandom)


def put_passkey(directory: Table, number: int, rp_id: str, state: str = "ACTIVE") -> None:
    key = keys.credential(REALM.tenant_id, REALM.realm_id, f"hash-{number}")
    listed = {
        "lpk": keys.list_partition(REALM.tenant_id, REALM.realm_id, "credentials"),
        "lsk": keys.list_sort(number, "0" * 16),
    }
    directory.put({**key._asdict(), **listed, "relying_party_id": rp_id, "state": state})


def test_what_was_created_is_found_in_its_realm_only(configs: AuthenticatorConfigs) -> None:
    made = new_config()
    assert configs.create(made)
    assert not configs.create(replace(made, display_name="Usurper"))
    found = configs.find(REALM, made.id)
    assert found is not None
    assert (found.entity, found.reference_epoch) == (made, 0)
    assert configs.find(OTHER_REALM, made.id) is None
    assert configs.all(REALM) == (made,)
    assert configs.all(OTHER_REALM) == ()


def test_applications_and_configs_of_a_realm_are_listed_apart(
    configs: AuthenticatorConfigs, directory: Table
) -> None:
    made = new_config()
    configs.create(made)
    key = keys.Key(keys.authenticator_config(made.tenant_id, made.realm_id, made.id).pk, "APP#x")
    directory.put(key._asdict())
    assert configs.all(REALM) == (made,)


def test_of_fifty_changes_and_removals_of_one_revision_one_is_made(
    configs: AuthenticatorConfigs,
) -> None:
    made = new_config()
    configs.create(made)
    before = configs.find(REALM, made.id)
    assert before is not None

    def act(number: int) -> str:
        if number % 2:
            return "changed" if configs.replace(before, replace(made, type="x")) else "refused"
        return "removed" if configs.remove(before) else "refused"

    results = at_once(50, act)

    gone = configs.find(REALM, made.id) is None
    if gone:  # whoever asks to remove what is gone has what he wanted
        assert "changed" not in results
        assert results.count("removed") == 25
    else:
        assert results.count("changed") == 1
        assert "removed" not in results


def test_an_active_passkey_of_the_relying_party_is_found(directory: Table) -> None:
    passkeys = BoundPasskeys(directory)
    assert not passkeys.exist_for(REALM, "app.example.com")
    for number in range(105):
        put_passkey(directory, number, "other.example.com")
    put_passkey(directory, 105, "app.example.com", state="REVOKED")
    assert not passkeys.exist_for(REALM, "app.example.com")
    put_passkey(directory, 106, "app.example.com")
    assert passkeys.exist_for(REALM, "app.example.com")
    assert not passkeys.exist_for(OTHER_REALM, "app.example.com")


def test_too_many_passkeys_to_look_at_count_as_a_match(
    directory: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keybound.storage.bound_passkeys._PAGE", 2)
    monkeypatch.setattr("keybound.storage.bound_passkeys._MAX_PAGES", 3)
    for number in range(5):
        put_passkey(directory, number, "other.example.com")
    assert not BoundPasskeys(directory).exist_for(REALM, "app.example.com")
    put_passkey(directory, 5, "other.example.com")
    put_passkey(directory, 6, "other.example.com")
    assert BoundPasskeys(directory).exist_for(REALM, "app.example.com")
