"""One transaction over both tables: what was made and what was answered, or neither."""

import os
import uuid
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.ids import TenantId
from keybound.domain.receipt import Answered, Derivation
from keybound.storage import schema
from keybound.storage.applications import Applications
from keybound.storage.idempotency import IdempotencyRecords
from keybound.storage.identities import Identities
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_application
from tests.support.directory_samples import NOW, REALM, impatient, new_identity
from tests.support.repeating_client import RepeatingClient

KEY = "k" * 43
ANSWERED = Answered(
    "hash", 200, "{}", NOW + 10, '"tag"', "gap", Derivation("item", 1, "nonce", "00000000")
)


@pytest.fixture
def grants(dynamodb: Any) -> Table:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return Table(lambda: dynamodb, name)


def test_an_answer_is_kept_with_what_it_was_about(directory: Table, grants: Table) -> None:
    records, applications = IdempotencyRecords(grants), Applications(directory, os.urandom)
    made = new_application()
    also = [records.write(REALM.tenant_id, KEY, ANSWERED, NOW)]
    assert applications.create(made, also)
    assert records.find(REALM.tenant_id, KEY, NOW) == ANSWERED
    assert records.find(REALM.tenant_id, KEY, NOW + 10) is None
    assert records.find(TenantId("f" * 16), KEY, NOW) is None
    assert records.find(REALM.tenant_id, "x" * 43, NOW) is None


def test_nothing_is_made_while_an_answer_is_alive(directory: Table, grants: Table) -> None:
    records, applications = IdempotencyRecords(grants), Applications(directory, os.urandom)
    also = [records.write(REALM.tenant_id, KEY, ANSWERED, NOW)]
    assert applications.create(new_application(), also)
    assert not applications.create(new_application(), also)
    assert len(applications.all(REALM)) == 1
    later = replace(ANSWERED, request_hash="later", expires_at=NOW + 20)
    assert applications.create(
        new_application(), [records.write(REALM.tenant_id, KEY, later, NOW + 10)]
    )
    assert records.find(REALM.tenant_id, KEY, NOW + 10) == later


def test_no_answer_is_kept_of_what_was_not_made(directory: Table, grants: Table) -> None:
    records, applications = IdempotencyRecords(grants), Applications(directory, os.urandom)
    made = new_application()
    assert applications.create(made)
    assert not applications.create(made, [records.write(REALM.tenant_id, KEY, ANSWERED, NOW)])
    assert records.find(REALM.tenant_id, KEY, NOW) is None


def test_of_twenty_creations_under_one_key_one_is_made(directory: Table, grants: Table) -> None:
    records, identities = IdempotencyRecords(grants), Identities(directory, impatient())

    def run(number: int) -> str:
        identity = new_identity(f"person {number}")
        answered = replace(ANSWERED, body=identity.id)
        identities.create(identity, [records.write(REALM.tenant_id, KEY, answered, NOW)])
        return identity.id

    results = at_once(20, run)
    (made,) = [result for result in results if isinstance(result, str)]
    assert identities.total(REALM) == 1
    kept = records.find(REALM.tenant_id, KEY, NOW)
    assert kept is not None
    assert kept.body == made


def test_a_transaction_that_reached_the_tables_twice_counts_once(
    dynamodb: Any, directory: Table, grants: Table
) -> None:
    repeating = Table(lambda: RepeatingClient(dynamodb), directory.name)
    records = IdempotencyRecords(grants)
    also = [records.write(REALM.tenant_id, KEY, ANSWERED, NOW)]
    assert Applications(repeating, os.urandom).create(new_application(), also)
    assert records.find(REALM.tenant_id, KEY, NOW) == ANSWERED
