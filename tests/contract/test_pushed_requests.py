"""The ports of pushed authorization requests, on moto and on ministack: of any number of sign-ins
one uses a request up, and the second time is as promised."""

import uuid
from typing import Any

import pytest
from keybound.domain.errors import Unavailable
from keybound.domain.pushed_request import PushedRequest
from keybound.storage import keys, schema
from keybound.storage.pushed_requests import PushedRequests
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.repeating_client import RepeatingClient

NOW = 1_800_000_000
THREADS = 20


@pytest.fixture
def grants(dynamodb: Any) -> Table:
    name = f"grants-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(**schema.grants_table(name))
    return Table(lambda: RepeatingClient(dynamodb), name)


@pytest.fixture
def requests(grants: Table) -> PushedRequests:
    return PushedRequests(grants)


@pytest.fixture
def pushed(requests: PushedRequests) -> PushedRequest:
    made = PushedRequest("h" * 43, "client", "sealed", NOW + 60, "put-1", NOW + 420)
    requests.create(made)
    return made


def test_what_was_pushed_is_found_as_it_was(
    requests: PushedRequests, pushed: PushedRequest
) -> None:
    assert requests.find(pushed.request_hash) == pushed
    assert requests.find("x" * 43) is None


def test_a_hash_that_is_there_already_is_never_overwritten(
    requests: PushedRequests, pushed: PushedRequest
) -> None:
    other = PushedRequest(pushed.request_hash, "other", "sealed", NOW + 60, "put-2", NOW + 420)
    with pytest.raises(Unavailable):
        requests.create(other)
    assert requests.find(pushed.request_hash) == pushed


def test_many_sign_ins_at_once_one_uses_it_up(
    requests: PushedRequests, pushed: PushedRequest
) -> None:
    """Every write reaches the table twice here, as when an answer was lost."""
    results = at_once(
        THREADS, lambda n: requests.consume(pushed.request_hash, use_id=f"use-{n}", now=NOW)
    )
    assert (results.count(True), results.count(False)) == (1, THREADS - 1)
    winner = f"use-{results.index(True)}"
    found = requests.find(pushed.request_hash)
    assert found is not None
    assert (found.used_at, found.use_id) == (NOW, winner)
    assert requests.consume(pushed.request_hash, use_id=winner, now=NOW + 1)
    assert not requests.consume(pushed.request_hash, use_id="another", now=NOW + 1)


def test_what_is_not_there_cannot_be_used_and_does_not_come_to_be(
    requests: PushedRequests, grants: Table
) -> None:
    assert not requests.consume("x" * 43, use_id="use", now=NOW)
    assert grants.get(keys.pushed_request("x" * 43)) is None
