"""The ports `Credentials` and `IdentityRemains` of keybound.directory on their adapters."""

from dataclasses import replace

import pytest
from keybound.binding.ports import Outcome
from keybound.domain import credential as credentials_of
from keybound.domain.credential import Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.domain.identity import Identity
from keybound.storage import keys
from keybound.storage.binding_completion import BindingCompletion
from keybound.storage.binding_jobs import BindingJobs
from keybound.storage.credentials import Credentials
from keybound.storage.identities import Identities
from keybound.storage.identity_remains import IdentityRemains
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import (
    NOW,
    OTHER_REALM,
    REALM,
    impatient,
    new_credential,
    new_identity,
    new_job,
)


@pytest.fixture
def credentials(directory: Table) -> Credentials:
    return Credentials(directory, impatient())


@pytest.fixture
def owner(directory: Table) -> Identity:
    identity = new_identity()
    Identities(directory, impatient()).create(identity)
    return identity


def bind(directory: Table, owner: Identity) -> Credential:
    job = new_job(owner)
    assert BindingJobs(directory, impatient()).create(job)
    passkey = new_credential(job)
    found = Identities(directory, impatient()).find(REALM, owner.id)
    assert found is not None
    completion = BindingCompletion(directory, impatient())
    assert completion.complete(passkey, job, found, NOW).outcome is Outcome.BOUND
    return passkey


def test_a_credential_is_found_only_under_its_own_identity_and_realm(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    """T53: another identity's credential does not exist."""
    other = new_identity("bob")
    Identities(directory, impatient()).create(other)
    passkey = bind(directory, owner)
    found = credentials.find(REALM, owner.id, passkey.id)
    assert found is not None
    assert found[0] == passkey
    assert credentials.find(REALM, other.id, passkey.id) is None
    assert credentials.find(OTHER_REALM, owner.id, passkey.id) is None


def test_revoking_takes_it_off_the_identity_and_moves_the_epoch(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    kept, lost = bind(directory, owner), bind(directory, owner)
    found = credentials.find(REALM, owner.id, lost.id)
    assert found is not None
    assert credentials.revoke(*found, NOW + 1)
    again = credentials.find(REALM, owner.id, lost.id)
    assert again is not None
    assert (again[0].state, again[0].update_time) == (credentials_of.REVOKED, NOW + 1)
    assert [p.id for p in again[1].passkeys] == [kept.id]
    assert again[1].credential_epoch == found[1].credential_epoch + 1
    assert credentials.total(REALM) == 2


def test_of_fifty_revocations_exactly_one_changes_anything(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    passkey = bind(directory, owner)
    found = credentials.find(REALM, owner.id, passkey.id)
    assert found is not None
    results = at_once(50, lambda _: credentials.revoke(*found, NOW))
    assert results.count(True) == 1
    assert results.count(False) == 49
    again = credentials.find(REALM, owner.id, passkey.id)
    assert again is not None
    assert again[1].credential_epoch == found[1].credential_epoch + 1


def test_a_revocation_that_read_before_a_binding_is_told_to_read_again(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    """Else it would write back a list of passkeys without the new one."""
    passkey = bind(directory, owner)
    found = credentials.find(REALM, owner.id, passkey.id)
    assert found is not None
    newer = bind(directory, owner)
    assert not credentials.revoke(*found, NOW)
    again = credentials.find(REALM, owner.id, passkey.id)
    assert again is not None
    assert credentials.revoke(*again, NOW)
    last = credentials.find(REALM, owner.id, newer.id)
    assert last is not None
    assert [p.id for p in last[1].passkeys] == [newer.id]


def test_what_a_deleted_identity_leaves_is_removed_and_counted_down(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    """N130. The transaction limit is 100 writes, so this takes several."""
    jobs, identities = BindingJobs(directory, impatient()), Identities(directory, impatient())
    other = new_identity("bob")
    identities.create(other)
    kept = bind(directory, other)
    lost = [bind(directory, owner) for _ in range(3)]
    for _ in range(45):
        assert jobs.create(new_job(owner))
    now = identities.find(REALM, owner.id)
    assert now is not None
    remains = IdentityRemains(directory, impatient())
    with pytest.raises(ValueError, match="exists"):
        remains.remove(REALM, owner.id)
    assert identities.delete(now)
    assert credentials.find(REALM, owner.id, lost[0].id) is None
    results = at_once(3, lambda _: remains.remove(REALM, owner.id))
    assert results == [True, True, True]
    assert credentials.page_of(REALM, owner.id)[0] == []
    assert jobs.of_identity(REALM, owner.id) == []
    assert (credentials.total(REALM), jobs.at(NOW).total(REALM), identities.total(REALM)) == (
        1,
        1,
        1,
    )
    assert credentials.page_of(REALM, other.id)[0] == [kept]


def test_removing_nothing_is_done_at_once(owner: Identity, directory: Table) -> None:
    remains = IdentityRemains(directory, impatient())
    assert remains.remove(REALM, replace(owner, id="f" * 16).id)  # type: ignore[arg-type]


def test_deleting_takes_it_off_every_list_and_keeps_only_its_id_taken(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    """The item that stays has nothing personal on it, and no other identity can bind the id."""
    kept, lost = bind(directory, owner), bind(directory, owner)
    found = credentials.find(REALM, owner.id, lost.id)
    assert found is not None
    assert credentials.delete(*found, NOW + 1)
    assert not credentials.delete(*found, NOW + 1)
    assert credentials.find(REALM, owner.id, lost.id) is None
    assert credentials.page_of(REALM, owner.id)[0] == [kept]
    assert credentials.page(REALM, size=10, skip=0, start=None)[0] == [kept]
    assert credentials.total(REALM) == 1
    left = directory.get(keys.credential(REALM.tenant_id, REALM.realm_id, _hash(lost)))
    assert left is not None
    assert left["state"] == "DELETED"
    personal = {"public_key", "display_name", "transports", "aaguid", "credential_id", "lpk", "lsk"}
    assert personal.isdisjoint(left)
    now = Identities(directory, impatient()).find(REALM, owner.id)
    assert now is not None
    assert [p.id for p in now.passkeys] == [kept.id]
    assert (now.credential_count, now.credential_epoch) == (1, found[1].credential_epoch + 1)
    other = new_identity("bob")
    Identities(directory, impatient()).create(other)
    job = new_job(other)
    assert BindingJobs(directory, impatient()).create(job)
    again = replace(new_credential(job), credential_id=lost.credential_id)
    bound = BindingCompletion(directory, impatient()).complete(again, job, other, NOW)
    assert bound.outcome is Outcome.CREDENTIAL_EXISTS


def test_deleting_a_revoked_one_moves_no_epoch(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    passkey = bind(directory, owner)
    found = credentials.find(REALM, owner.id, passkey.id)
    assert found is not None
    assert credentials.revoke(*found, NOW)
    revoked = credentials.find(REALM, owner.id, passkey.id)
    assert revoked is not None
    assert not credentials.delete(*found, NOW), "judged as active"
    assert credentials.delete(*revoked, NOW)
    now = Identities(directory, impatient()).find(REALM, owner.id)
    assert now is not None
    assert (now.credential_count, now.credential_epoch) == (0, revoked[1].credential_epoch)


def test_of_fifty_deletions_and_revocations_exactly_one_deletes(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    """Whatever comes first, each changes what it judged or nothing, and counts are exact."""
    passkey = bind(directory, owner)
    found = credentials.find(REALM, owner.id, passkey.id)
    assert found is not None
    ends = (credentials.delete, credentials.revoke)
    results = at_once(50, lambda n: ends[n % 2](*found, NOW))
    assert results.count(True) == 1
    rest = credentials.find(REALM, owner.id, passkey.id)
    assert credentials.total(REALM) == (rest is not None)
    now = Identities(directory, impatient()).find(REALM, owner.id)
    assert now is not None
    assert (now.passkeys, now.credential_count) == ((), int(rest is not None))


def test_a_name_is_not_given_to_what_is_gone(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    passkey = bind(directory, owner)
    renamed = credentials.rename(passkey, "Ada's phone", NOW + 5)
    assert renamed == replace(passkey, display_name="Ada's phone", update_time=NOW + 5)
    found = credentials.find(REALM, owner.id, passkey.id)
    assert found is not None
    assert credentials.delete(*found, NOW)
    assert credentials.rename(passkey, "A ghost", NOW) is None


def test_an_identitys_own_list_reads_only_the_page_it_shows(
    credentials: Credentials, owner: Identity, directory: Table
) -> None:
    made = sorted((bind(directory, owner) for _ in range(5)), key=lambda each: each.id)
    first, more = credentials.page_of(REALM, owner.id, size=2)
    assert (first, more is not None) == (made[:2], True)
    second, more = credentials.page_of(REALM, owner.id, size=2, start=more)
    assert (second, more is not None) == (made[2:4], True)
    assert credentials.page_of(REALM, owner.id, size=2, start=more) == (made[4:], None)
    assert credentials.page_of(REALM, owner.id, size=2, skip=3) == (made[3:], None)


def _hash(passkey: Credential) -> str:
    return credential_hash(from_b64url(passkey.credential_id))
