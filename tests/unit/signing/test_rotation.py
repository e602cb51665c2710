"""Rotation by schedule and by hand on a table that changes under it, with an injected clock."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from keybound.domain.errors import Unavailable
from keybound.domain.signing_key import NEXT, KeyRing, SigningKey
from keybound.domain.token_limits import TokenLimits
from keybound.signing.rotation import (
    CONTENDED,
    PUBLISHED,
    RETIRED,
    SWITCHED,
    WAITING,
    Rotation,
)
from keybound.signing.rotation_steps import RotationTimes

HOUR_S, DAY_S = 3600, 24 * 3600
START = 1_800_000_000


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


class Rings:
    """Compare and set, as the table does it. `rivals`: how many writes somebody else gets in
    before; `down`: whether the table answers."""

    def __init__(self) -> None:
        self.stored = KeyRing("ES256")
        self.rivals = 0
        self.down = False

    def ring(self, alg: str) -> KeyRing:
        if self.down:
            raise Unavailable
        return self.stored

    def replace(self, before: KeyRing, after: KeyRing, attempt_id: str) -> bool:
        assert 0 < len(attempt_id) <= 36
        if self.rivals:
            self.rivals -= 1
            self.stored = replace(self.stored, revision=self.stored.revision + 1)
        if before.revision != self.stored.revision:
            return False
        self.stored = replace(after, revision=before.revision + 1)
        return True


class Maker:
    """Makes numbered keys."""

    def __init__(self) -> None:
        self.made = itertools.count(1)
        self.calls = 0

    def __call__(self, alg: str) -> SigningKey:
        self.calls += 1
        return SigningKey(f"key{next(self.made)}", alg, NEXT, "wrapping", {}, wrapped=b"w")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rings() -> Rings:
    return Rings()


@pytest.fixture
def rotation(rings: Rings, clock: Clock) -> Rotation:
    return Rotation(rings, clock, lambda size: b"\x01" * size)


@pytest.fixture
def make() -> Maker:
    return Maker()


def test_a_schedule_keeps_every_promise_for_ten_days(
    rotation: Rotation, rings: Rings, clock: Clock, make: Maker
) -> None:
    """Whatever is signed was known for the overlap, and verifies until it expires (N175)."""
    times = RotationTimes()
    first_shown: dict[str, int] = {}
    last_signed: dict[str, int] = {}
    taken: Counter[str] = Counter()
    for now in range(START, START + 10 * DAY_S, HOUR_S // 2):
        clock.now = now
        taken[rotation.advance("ES256", make)] += 1
        ring = rings.stored
        published = {key.kid for key in ring.keys}
        for kid in published:
            first_shown.setdefault(kid, now)
        assert ring.current is not None
        signing = ring.current.kid
        assert signing == "key1" or now - first_shown[signing] >= times.overlap_s
        last_signed[signing] = now
        alive = {kid for kid, at in last_signed.items() if now < at + TokenLimits.access_s}
        assert alive <= published
        assert len(published) <= 4
    assert taken[SWITCHED] == 9
    assert taken[RETIRED] == 8
    assert taken[PUBLISHED] == 1 + 1 + 9
    assert make.calls == 11


def test_a_second_run_at_the_same_moment_finds_nothing_to_do(
    rotation: Rotation, rings: Rings, clock: Clock, make: Maker
) -> None:
    assert [rotation.advance("ES256", make) for _ in range(3)] == [PUBLISHED, PUBLISHED, WAITING]
    clock.now += DAY_S
    assert rotation.advance("ES256", make) == SWITCHED
    assert rotation.advance("ES256", make) == PUBLISHED
    assert rotation.advance("ES256", make) == WAITING


def test_a_run_that_lost_to_another_throws_its_key_away_and_changes_nothing(
    rotation: Rotation, rings: Rings, make: Maker
) -> None:
    rings.rivals = 1
    assert rotation.advance("ES256", make) == CONTENDED
    assert make.calls == 1
    assert rings.stored.keys == ()


def test_after_a_week_without_runs_each_step_still_waits_its_time(
    rotation: Rotation, rings: Rings, clock: Clock, make: Maker
) -> None:
    rotation.advance("ES256", make)
    clock.now += 7 * DAY_S
    assert rotation.advance("ES256", make) == PUBLISHED
    clock.now += RotationTimes().overlap_s - 1
    assert rotation.advance("ES256", make) == WAITING
    clock.now += 1
    assert rotation.advance("ES256", make) == SWITCHED


def test_a_failing_key_maker_leaves_everything_as_it_was(rotation: Rotation, rings: Rings) -> None:
    def fail(alg: str) -> SigningKey:
        raise Unavailable

    with pytest.raises(Unavailable):
        rotation.advance("ES256", fail)
    assert rings.stored == KeyRing("ES256")


def test_a_command_that_loses_looks_again_and_gives_up_in_the_end(
    rotation: Rotation, rings: Rings, make: Maker
) -> None:
    rings.rivals = 4
    assert rotation.publish(make("ES256")).current is not None
    rings.rivals = 99
    with pytest.raises(Unavailable):
        rotation.publish(make("ES256"))
    assert rings.stored.next is None


def test_a_table_that_does_not_answer_is_unavailable(rotation: Rotation, rings: Rings) -> None:
    rings.down = True
    with pytest.raises(Unavailable):
        rotation.switch("ES256")
