"""The ports `Realms` and `ResourceServers` on their adapters."""

import os
from dataclasses import replace

from keybound.domain.ids import RealmId, TenantId
from keybound.domain.tenancy import Realm, RealmPath
from keybound.storage import keys
from keybound.storage.realms import Realms
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import NOW

NEW = RealmPath(TenantId("0" * 15 + "7"), RealmId("0" * 15 + "8"))


def test_a_realm_is_found_in_its_tenant_only(directory: Table) -> None:
    realms = Realms(directory, os.urandom)
    made = Realm(NEW.realm_id, NEW.tenant_id, "Shop", NOW, NOW, is_admin=True)
    assert realms.create(made)
    other = TenantId("f" * 16)
    assert realms.find(NEW.tenant_id, NEW.realm_id) == made
    assert realms.find(other, NEW.realm_id) is None
    assert realms.all(NEW.tenant_id) == (made,)
    assert realms.all(other) == ()


def test_the_tenant_itself_is_not_listed_as_a_realm(directory: Table) -> None:
    directory.put({**keys.tenant(NEW.tenant_id)._asdict(), "id": NEW.tenant_id})
    assert Realms(directory, os.urandom).all(NEW.tenant_id) == ()


def test_of_fifty_creations_with_one_id_one_is_made(directory: Table) -> None:
    realms = Realms(directory, os.urandom)
    made = Realm(NEW.realm_id, NEW.tenant_id, "", NOW, NOW)
    results = at_once(50, lambda n: realms.create(replace(made, display_name=f"Realm {n}")))
    assert results.count(True) == 1
    assert results.count(False) == 49
    stored = realms.find(NEW.tenant_id, NEW.realm_id)
    assert stored is not None
    assert stored.display_name == f"Realm {results.index(True)}"
