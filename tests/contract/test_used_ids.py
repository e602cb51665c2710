"""Ids of client assertions and of DPoP proofs, on moto and on ministack: of any number of callers
at one moment exactly one may use an id."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from keybound.domain.ids import ApplicationId
from keybound.domain.secrets import system_randomness
from keybound.storage import schema
from keybound.storage.table import Table
from keybound.storage.used_ids import UsedIds

from tests.support.at_once import at_once
from tests.support.repeating_client import RepeatingClient

NOW = 1_800_000_000
THREADS = 20
Use = Callable[[UsedIds, str, str, int], bool]


@pytest.fixture
def used(dynamodb: Any) -> UsedIds:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return UsedIds(Table(lambda: RepeatingClient(dynamodb), name), system_randomness)


def assertion(used: UsedIds, whose: str, jti: str, now: int) -> bool:
    return used.use_assertion(ApplicationId(whose), jti, expires_at=NOW + 60, now=now)


def proof(used: UsedIds, whose: str, jti: str, now: int) -> bool:
    return used.use_proof(whose, jti, expires_at=NOW + 60, now=now)


KINDS = pytest.mark.parametrize("use", [assertion, proof])


@KINDS
def test_at_one_moment_one_of_many_uses_an_id(used: UsedIds, use: Use) -> None:
    """N110, N112. Every write reaches the table twice here, as when an answer was lost."""
    results = at_once(THREADS, lambda _: use(used, "a", "jti-1", NOW))
    assert sorted(map(str, results)) == ["False"] * (THREADS - 1) + ["True"]
    assert not use(used, "a", "jti-1", NOW + 60), "not at the moment that it ends"


@KINDS
def test_another_client_or_key_and_another_id_are_free(used: UsedIds, use: Use) -> None:
    assert use(used, "a", "jti-1", NOW)
    assert use(used, "b", "jti-1", NOW)
    assert use(used, "a", "jti-2", NOW)
    assert not use(used, "a", "jti-1", NOW)


@KINDS
def test_after_its_time_a_remembered_id_says_nothing(used: UsedIds, use: Use) -> None:
    """Whether TTL has removed it or not."""
    assert use(used, "a", "jti-1", NOW)
    assert use(used, "a", "jti-1", NOW + 61)


def test_an_assertion_uses_up_no_proof(used: UsedIds) -> None:
    assert assertion(used, "a", "jti-1", NOW)
    assert proof(used, "a", "jti-1", NOW)
