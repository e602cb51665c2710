"""Each step of a rotation: what it changes, when it refuses, and that a repeat changes nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from keybound.domain.signing_key import CURRENT, NEXT, PREVIOUS, KeyRing, SigningKey
from keybound.domain.token_limits import TokenLimits
from keybound.signing import rotation_steps as steps
from keybound.signing.rotation_steps import RotationRefused, RotationTimes, TooEarly

TIMES = RotationTimes(overlap_s=100, keep_s=1000, period_s=5000)
API_GATEWAY_KEY_CACHE_S = 2 * 3600
JWKS_MAX_AGE_S = LONGEST_CONFIGURATION_CACHE_S = 300


def key(kid: str, wrapped: bytes | None = None) -> SigningKey:
    return SigningKey(kid, "RS256", NEXT, f"kms-{kid}", {"kty": "RSA"}, wrapped=wrapped)


def statuses(ring: KeyRing) -> dict[str, str]:
    return {each.kid: each.status for each in ring.keys}


ONE = steps.publish(KeyRing("RS256"), key("a"), 10)
AHEAD = steps.publish(ONE, key("b"), 1000)
SWITCHED = steps.switch(AHEAD, 1100, TIMES)
RETIRED = steps.retire(SWITCHED, 2100, TIMES)


def test_the_first_key_signs_at_once_since_no_verifier_knows_another() -> None:
    assert statuses(ONE) == {"a": CURRENT}
    assert ONE.current is not None
    assert (ONE.current.create_time, ONE.current.current_from) == (10, 10)


def test_a_published_key_is_shown_and_does_not_sign() -> None:
    assert statuses(AHEAD) == {"a": CURRENT, "b": NEXT}


def test_a_switch_makes_the_next_key_sign_and_keeps_the_one_before_it_published() -> None:
    assert statuses(SWITCHED) == {"a": PREVIOUS, "b": CURRENT}
    assert SWITCHED.current is not None
    assert SWITCHED.current.current_from == SWITCHED.previous[0].previous_from == 1100


def test_a_retired_key_is_gone_and_remembered() -> None:
    assert statuses(RETIRED) == {"b": CURRENT}
    assert RETIRED.retired == ("a",)


def test_a_switch_before_the_overlap_has_passed_is_refused_to_the_second() -> None:
    with pytest.raises(TooEarly) as refused:
        steps.switch(AHEAD, 1099, TIMES)
    assert refused.value.not_before == 1100
    assert "1970-01-01T00:18:20Z" in str(refused.value)
    assert steps.switch(AHEAD, 1099, TIMES, forced=True).current == replace(
        key("b"), status=CURRENT, create_time=1000, current_from=1099
    )


def test_retiring_while_a_token_may_live_is_refused_to_the_second() -> None:
    with pytest.raises(TooEarly) as refused:
        steps.retire(SWITCHED, 2099, TIMES)
    assert refused.value.not_before == 2100
    assert statuses(steps.retire(SWITCHED, 2099, TIMES, forced=True)) == {"b": CURRENT}


def test_of_two_previous_keys_only_the_one_whose_tokens_ended_goes() -> None:
    twice = steps.switch(steps.publish(SWITCHED, key("c"), 1500), 1600, TIMES)
    assert statuses(twice) == {"a": PREVIOUS, "b": PREVIOUS, "c": CURRENT}
    assert statuses(steps.retire(twice, 2100, TIMES)) == {"b": PREVIOUS, "c": CURRENT}


@pytest.mark.parametrize(
    ("ring", "repeat"),
    [
        (ONE, lambda ring: steps.publish(ring, key("a"), 99)),
        (AHEAD, lambda ring: steps.publish(ring, key("b"), 1050)),
        (SWITCHED, lambda ring: steps.publish(ring, key("b"), 1150)),
        (SWITCHED, lambda ring: steps.switch(ring, 1101, TIMES)),
        (SWITCHED, lambda ring: steps.switch(ring, 1101, TIMES, forced=True)),
        (RETIRED, lambda ring: steps.retire(ring, 9999, TIMES)),
        (RETIRED, lambda ring: steps.retire(ring, 9999, TIMES, forced=True)),
        (ONE, steps.withdraw),
    ],
    ids=["first", "publish", "published and switched", "switch", "forced switch", "retire",
         "forced retire", "withdraw"],
)  # fmt: skip
def test_a_step_that_was_taken_changes_nothing_when_repeated(
    ring: KeyRing, repeat: Callable[[KeyRing], KeyRing]
) -> None:
    """A repeated publish above all does not begin the overlap anew."""
    assert repeat(ring) == ring


def test_a_second_next_key_is_refused_unless_it_takes_the_place_and_then_waits_anew() -> None:
    with pytest.raises(RotationRefused, match="b is next"):
        steps.publish(AHEAD, key("c"), 1050)
    instead = steps.publish(AHEAD, key("c"), 1050, replace_next=True)
    assert statuses(instead) == {"a": CURRENT, "c": NEXT}
    with pytest.raises(TooEarly):
        steps.switch(instead, 1149, TIMES)


def test_a_withdrawn_key_goes_without_a_trace_and_the_current_one_stays() -> None:
    assert steps.withdraw(AHEAD) == ONE


def test_a_retired_key_is_never_published_again() -> None:
    with pytest.raises(RotationRefused, match="was retired"):
        steps.publish(RETIRED, key("a"), 3000)


def test_only_the_latest_retired_keys_are_remembered_so_that_the_item_stays_small() -> None:
    ring = replace(SWITCHED, retired=tuple(f"old{n}" for n in range(steps.REMEMBERED_RETIRED)))
    retired = steps.retire(ring, 2100, TIMES).retired
    assert len(retired) == steps.REMEMBERED_RETIRED
    assert retired[-1] == "a"
    assert "old0" not in retired


def test_by_schedule_a_key_signs_for_its_whole_period() -> None:
    wrapped = steps.publish(KeyRing("RS256"), key("a", b"a"), 0)
    ring = steps.publish(wrapped, key("b", b"b"), 0)
    assert not steps.is_due(ring, TIMES.period_s - 1, TIMES)
    assert steps.is_due(ring, TIMES.period_s, TIMES)


@pytest.mark.parametrize(("old", "new"), [(None, b"b"), (b"a", None)], ids=["to", "from"])
def test_a_change_of_the_signing_mode_waits_for_the_overlap_only(
    old: bytes | None, new: bytes | None
) -> None:
    ring = steps.publish(steps.publish(KeyRing("RS256"), key("a", old), 0), key("b", new), 0)
    assert not steps.is_due(ring, TIMES.overlap_s - 1, TIMES)
    assert steps.is_due(ring, TIMES.overlap_s, TIMES)


def test_the_overlap_outlasts_every_cache_of_keys_with_room_for_clocks() -> None:
    caches = API_GATEWAY_KEY_CACHE_S + JWKS_MAX_AGE_S + LONGEST_CONFIGURATION_CACHE_S
    assert RotationTimes().overlap_s >= caches + 2 * 300


def test_a_key_outlasts_the_longest_token_and_rooms_that_sign_from_their_cache() -> None:
    assert RotationTimes().keep_s >= TokenLimits.access_s + LONGEST_CONFIGURATION_CACHE_S + 2 * 300
