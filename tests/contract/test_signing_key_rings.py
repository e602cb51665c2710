"""Rings of signing keys in the table: whole, one winner, and safe when AWS fails in the middle."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from keybound.domain.errors import Unavailable
from keybound.domain.secrets import system_randomness
from keybound.domain.signing_key import CURRENT, NEXT, PREVIOUS, KeyRing, SigningKey
from keybound.signing.rotation import CONTENDED, PUBLISHED, WAITING, Rotation
from keybound.signing.rotation_steps import TooEarly
from keybound.storage.signing_keys import SigningKeys
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.repeating_client import RepeatingClient

HOUR_S = 3600
RUNNERS = 20


class Clock:
    now = 1_800_000_000

    def __call__(self) -> int:
        return self.now


def key(kid: str, alg: str = "RS256") -> SigningKey:
    jwk = {"kty": "RSA", "n": kid, "e": "AQAB"}
    return SigningKey(kid, alg, NEXT, "arn:wrapping", jwk, wrapped=b"ciphertext of " + kid.encode())


def rotation_on(directory: Table, clock: Clock | None = None) -> Rotation:
    return Rotation(SigningKeys(directory), clock or Clock(), system_randomness)


def statuses(directory: Table) -> dict[str, str]:
    return {each.kid: each.status for each in SigningKeys(directory).all()}


def test_a_ring_is_read_as_it_was_written(directory: Table) -> None:
    rings = SigningKeys(directory)
    ring = KeyRing("RS256", keys=(key("b"), key("a")), retired=("old",))
    assert rings.ring("RS256") == KeyRing("RS256")
    assert rings.replace(KeyRing("RS256"), ring, "attempt")
    assert rings.ring("RS256") == replace(ring, revision=1)
    assert rings.all() == (key("a"), key("b"))


def test_reading_all_keys_is_one_consistent_call(directory: Table) -> None:
    rotation = rotation_on(directory)
    for alg in ("RS256", "ES256"):
        rotation.publish(key(f"first {alg}", alg))
    with count_aws_calls() as calls:
        assert len(SigningKeys(directory).all()) == 2
    assert [(call.operation, call.params["ConsistentRead"]) for call in calls] == [("Query", True)]


def test_a_rotation_walks_from_one_key_to_the_next(directory: Table) -> None:
    clock = Clock()
    rotation = rotation_on(directory, clock)
    rotation.publish(key("a"))
    rotation.publish(key("b"))
    assert statuses(directory) == {"a": CURRENT, "b": NEXT}
    with pytest.raises(TooEarly):
        rotation.switch("RS256")
    clock.now += 3 * HOUR_S
    rotation.switch("RS256")
    assert statuses(directory) == {"a": PREVIOUS, "b": CURRENT}
    with pytest.raises(TooEarly):
        rotation.retire("RS256")
    clock.now += 25 * HOUR_S
    rotation.retire("RS256")
    assert statuses(directory) == {"b": CURRENT}
    assert SigningKeys(directory).ring("RS256").retired == ("a",)


def test_of_many_that_write_over_the_same_ring_one_succeeds(directory: Table) -> None:
    rings = SigningKeys(directory)
    for before in (KeyRing("RS256"), replace(KeyRing("RS256"), revision=1)):
        after = replace(before, keys=(key("a"),))
        wins = at_once(RUNNERS, lambda n, b=before, a=after: rings.replace(b, a, f"attempt {n}"))
        assert sorted(map(bool, wins)) == [False] * (RUNNERS - 1) + [True]


def test_of_many_first_keys_published_at_once_one_signs_and_one_is_next(directory: Table) -> None:
    at_once(RUNNERS, lambda n: rotation_on(directory).publish(key(f"key{n}")))
    assert sorted(statuses(directory).values()) == [CURRENT, NEXT]


def test_many_switches_at_once_switch_once(directory: Table) -> None:
    clock = Clock()
    rotation = rotation_on(directory, clock)
    rotation.publish(key("a"))
    rotation.publish(key("b"))
    clock.now += 3 * HOUR_S
    results = at_once(RUNNERS, lambda _: rotation_on(directory, clock).switch("RS256"))
    assert [each for each in results if isinstance(each, Exception)] == []
    assert statuses(directory) == {"a": PREVIOUS, "b": CURRENT}
    assert SigningKeys(directory).ring("RS256").revision == 3


def test_of_many_scheduled_runs_at_once_each_step_is_taken_by_one(directory: Table) -> None:
    def run(_: int) -> str:
        return rotation_on(directory).advance("RS256", lambda alg: key(uuid.uuid4().hex, alg))

    taken: list[str | Exception] = []
    for _ in range(3):
        taken += at_once(8, run)
    assert set(taken) <= {PUBLISHED, CONTENDED, WAITING}
    assert taken.count(PUBLISHED) == 2
    assert sorted(statuses(directory).values()) == [CURRENT, NEXT]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["publish", "switch", "retire"])
def test_a_step_that_failed_half_way_is_whole_after_it_is_repeated(
    directory: Table, step: str, moment: Moment
) -> None:
    clock = Clock()
    rotation = rotation_on(directory, clock)
    rotation.publish(key("a"))
    steps = {
        "publish": lambda: rotation.publish(key("b")),
        "switch": lambda: rotation.switch("RS256"),
        "retire": lambda: rotation.retire("RS256"),
    }
    ends = {
        "publish": {"a": CURRENT, "b": NEXT},
        "switch": {"a": PREVIOUS, "b": CURRENT},
        "retire": {"b": CURRENT},
    }
    begun = {"a": CURRENT}
    for name, take in steps.items():
        if name == step:
            with fail_aws_call("PutItem", moment) as failed, pytest.raises(Unavailable):
                take()
            assert failed
            assert statuses(directory) == (begun if moment == "before" else ends[name])
        take()
        assert statuses(directory) == ends[name]
        begun = ends[name]
        clock.now += 30 * HOUR_S


def test_a_write_that_botocore_repeats_is_known_as_this_attempts_own(directory: Table) -> None:
    client: Any = RepeatingClient(directory._client())
    rings = SigningKeys(Table(lambda: client, directory.name))
    first = replace(KeyRing("RS256"), keys=(key("a"),))
    assert rings.replace(KeyRing("RS256"), first, "attempt 1")
    assert rings.replace(replace(first, revision=1), first, "attempt 2")
    assert rings.ring("RS256").revision == 2
