"""The port UseRecorder of keybound.oauth on moto and on ministack: counters only rise."""

from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.credential import REVOKED, Credential, credential_hash
from keybound.domain.encoding import from_b64url
from keybound.storage import keys
from keybound.storage.codec import decode, encode
from keybound.storage.passkey_use import PasskeyUse
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.directory_samples import NOW, new_credential, new_identity, new_job

THREADS = 50


def hashed(passkey: Credential) -> str:
    return credential_hash(from_b64url(passkey.credential_id))


def key(passkey: Credential) -> keys.Key:
    return keys.credential(passkey.tenant_id, passkey.realm_id, hashed(passkey))


def put(directory: Table, passkey: Credential) -> Credential:
    directory.put({**key(passkey)._asdict(), **encode(passkey)})
    return passkey


def bound(directory: Table, **changes: Any) -> Credential:
    passkey = new_credential(new_job(new_identity()), sign_count=5, **changes)
    return put(directory, passkey)


def read(directory: Table, passkey: Credential) -> Credential:
    item = directory.get(key(passkey))
    assert item is not None
    return decode(Credential, item)


def record(directory: Table, passkey: Credential, sign_count: int | None, use_id: str) -> bool:
    return PasskeyUse(directory).record_use(
        passkey,
        hashed(passkey),
        sign_count=sign_count,
        backup_state=passkey.backup_state,
        now=NOW + 1,
        use_id=use_id,
    )


SYNCED = pytest.mark.parametrize("synced", [True, False], ids=["synced", "device-bound"])


@SYNCED
def test_a_risen_counter_and_the_time_are_written(directory: Table, synced: bool) -> None:
    passkey = bound(directory, backup_eligible=synced, backup_state=synced)
    assert record(directory, passkey, 6, "a")
    assert read(directory, passkey) == replace(passkey, sign_count=6, last_used_time=NOW + 1)
    assert record(directory, passkey, None, "b"), "without a counter it is left alone"
    assert read(directory, passkey).sign_count == 6


@SYNCED
@pytest.mark.parametrize("count", [5, 4, 0])
def test_a_counter_that_another_login_overtook_stops_a_device_bound_passkey_only(
    directory: Table, synced: bool, count: int
) -> None:
    passkey = bound(directory, backup_eligible=synced, backup_state=synced)
    assert record(directory, passkey, count, "a") is synced
    assert read(directory, passkey) == passkey


def test_a_repeat_of_the_same_use_stands(directory: Table) -> None:
    """A write whose answer was lost, or the same assertion posted twice: the login decides."""
    passkey = bound(directory, backup_eligible=False, backup_state=False)
    assert record(directory, passkey, 6, "same")
    assert record(directory, passkey, 6, "same")
    assert not record(directory, passkey, 6, "another")


@SYNCED
@pytest.mark.parametrize(
    "change", [{"state": REVOKED}, {"identity_id": "f" * 16}], ids=["revoked", "another's"]
)
def test_a_passkey_that_is_no_longer_this_ones_stands_never(
    directory: Table, synced: bool, change: dict[str, Any]
) -> None:
    passkey = bound(directory, backup_eligible=synced, backup_state=synced)
    changed = put(directory, replace(passkey, **change))
    assert not record(directory, passkey, 6, "a")
    assert not record(directory, passkey, None, "a")
    assert read(directory, passkey) == changed


def test_a_deleted_passkey_is_not_made_again(directory: Table) -> None:
    passkey = bound(directory)
    directory.delete(key(passkey))
    assert not record(directory, passkey, 6, "a")
    assert directory.get(key(passkey)) is None


@SYNCED
def test_fifty_parallel_uses_leave_the_highest_counter(directory: Table, synced: bool) -> None:
    passkey = bound(directory, backup_eligible=synced, backup_state=synced)
    results = at_once(THREADS, lambda n: record(directory, passkey, 6 + n, f"use-{n}"))
    assert read(directory, passkey).sign_count == 6 + THREADS - 1
    assert results[-1] is True
    assert set(results) <= {True, False}
    assert synced is False or set(results) == {True}


def test_fifty_equal_counters_let_one_device_bound_login_stand(directory: Table) -> None:
    passkey = bound(directory, backup_eligible=False, backup_state=False)
    results = at_once(THREADS, lambda n: record(directory, passkey, 6, f"use-{n}"))
    assert results.count(True) == 1
