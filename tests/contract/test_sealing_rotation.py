"""Sealing keys are rotated while rooms seal and open: nothing that lives is lost, ever."""

import base64
import os
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner, Result
from keybound.binding import session
from keybound.domain.clock import rfc3339
from keybound.domain.sealing_key import PURPOSES, WrappedKey
from keybound.edge.paging import TOKEN_LIFETIME_S
from keybound.oauth import new_login, request_token
from keybound.signing.data_keys import REREAD_AFTER_S, DataKeys
from keybound.signing.rotation_steps import RotationRefused
from keybound.signing.sealing import SealBroken, Sealer
from keybound.storage.sealing_keys import SealingKeys

from tests.support.at_once import at_once
from tests.support.deployed_state import DeployedState
from tools.cli.bootstrap import create_sealing_keys
from tools.cli.main import main
from tools.cli.sealing_rotation import AHEAD_S, SealingRotation

NOW = 1_700_000_000  # long ago for the commands, which look at the real clock
HOUR_S, DAY_S = 3600, 24 * 3600
ROTATED = [purpose for purpose in PURPOSES if purpose != "derive"]


@dataclass
class Clock:
    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Place:
    """A bootstrapped deployment whose time is this test's."""

    state: DeployedState
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.stored = SealingKeys(self.state.directory)
        made = self.state.target().deployment()
        object.__setattr__(made, "clock", self.clock)
        create_sealing_keys(made)
        self.key_id = made.sealing_key_id

    def rotation(self, longest_refresh_token_s: int = 90 * DAY_S) -> SealingRotation:
        return SealingRotation(
            self.stored,
            lambda: self.state.kms,
            self.state.names.sealing_alias,
            self.clock,
            longest_refresh_token_s,
        )

    def room(self, purpose: str) -> Sealer:
        """A room that has just started."""
        keys = DataKeys(purpose, self.stored, lambda: self.state.kms, self.key_id, self.clock)
        return Sealer(keys, os.urandom)

    def kids(self, purpose: str) -> list[str]:
        return sorted(version.kid for version in self.stored.of(purpose))

    def keys(self, *arguments: str) -> Result:
        environment = {"AWS_ENDPOINT_URL": self.state.endpoint_url}
        command = ["keys", "--stage", self.state.stage, *arguments]
        return CliRunner().invoke(main, command, env=environment)


@pytest.fixture
def place(ministack_url: str) -> Place:
    """On ministack: it is atomic between threads, and judges the state of keys."""
    return Place(DeployedState(ministack_url, signing=False))


def kid_of(sealed: str) -> str:
    return base64.urlsafe_b64decode(f"{sealed}==")[1:5].hex()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_was_sealed_before_a_rotation_opens_after_it(place: Place, purpose: str) -> None:
    busy = place.room(purpose)
    before = busy.seal(b"before", "use")
    place.rotation().rotate(purpose)
    place.clock.now += AHEAD_S
    fresh = place.room(purpose)
    after = fresh.seal(b"after", "use")
    assert (kid_of(before), kid_of(after)) == ("00000001", "00000002")
    for room in (busy, fresh):
        assert room.open(before, "use") == b"before"
        assert room.open(after, "use") == b"after"
    assert kid_of(busy.seal(b"x", "use")) == "00000002"


def test_a_room_that_read_the_keys_just_before_a_rotation_knows_the_new_one_in_time(
    place: Place,
) -> None:
    """The version is stored ahead by more than any room waits before it reads them again."""
    room = place.room("locator")
    room.seal(b"x", "use")  # reads them now, and not again for five minutes
    place.clock.now += 1
    place.rotation().rotate("locator")
    for passed in (REREAD_AFTER_S, AHEAD_S - REREAD_AFTER_S - 1):
        place.clock.now += passed
        assert kid_of(room.seal(b"x", "use")) == "00000001"
    place.clock.now += 1
    stored_reads = place.room("locator").seal(b"new", "use")
    assert kid_of(stored_reads) == kid_of(room.seal(b"x", "use")) == "00000002"
    assert room.open(stored_reads, "use") == b"new"
    assert AHEAD_S >= REREAD_AFTER_S + 2 * 300, "AWS takes clocks that are five minutes wrong"


def test_a_rotation_that_is_repeated_makes_one_version(place: Place) -> None:
    rotation = place.rotation()
    first = rotation.rotate("page")
    assert first == f"page     00000002  next      will seal from {rfc3339(NOW + AHEAD_S)}"
    assert rotation.rotate("page") == f"{first}; nothing made"
    assert place.kids("page") == ["00000001", "00000002"]
    place.clock.now += AHEAD_S + DAY_S
    assert "nothing made" in rotation.rotate("page", older_than_s=2 * DAY_S)
    assert "00000003  next" in rotation.rotate("page", older_than_s=DAY_S)


def test_eight_rotations_at_once_make_one_version_and_all_tell_of_it(place: Place) -> None:
    told = at_once(8, lambda _: place.rotation().rotate("locator").partition(";")[0])
    assert len(set(told)) == 1
    assert place.kids("locator") == ["00000001", "00000002"]


def test_a_purpose_without_a_key_is_not_given_one_here(place: Place) -> None:
    (first,) = place.stored.of("otp")
    assert place.stored.remove(first)
    with pytest.raises(RotationRefused, match="otp has no key yet: run keybound bootstrap"):
        place.rotation().rotate("otp")
    assert place.kids("otp") == []


LIFETIMES_S = {
    "request": DAY_S,
    "binding": DAY_S,
    "otp": DAY_S,
    "page": TOKEN_LIFETIME_S,
    "locator": 90 * DAY_S,
}


@pytest.mark.parametrize("purpose", ROTATED)
def test_a_version_is_retired_only_when_the_last_thing_sealed_under_it_has_ended(
    place: Place, purpose: str
) -> None:
    rotation, room = place.rotation(), place.room(purpose)
    sealed = room.seal(b"x", "use")
    rotation.rotate(purpose)
    place.clock.now += AHEAD_S  # from here on nothing is sealed under the first version
    end = place.clock.now + LIFETIMES_S[purpose] + HOUR_S
    rotation.rotate(purpose)
    place.clock.now += AHEAD_S
    assert f"00000001  opens     may be retired from {rfc3339(end)}" in rotation.status(purpose)
    place.clock.now = end - 1
    assert rotation.retire(purpose) == f"{purpose:<8} retired: nothing"
    assert place.room(purpose).open(sealed, "use") == b"x"
    place.clock.now = end
    assert rotation.retire(purpose) == f"{purpose:<8} retired: 00000001"
    assert place.kids(purpose) == ["00000002", "00000003"]
    with pytest.raises(SealBroken):
        place.room(purpose).open(sealed, "use")
    assert rotation.retire(purpose) == f"{purpose:<8} retired: nothing"


def test_two_versions_stay_however_old_they_are(place: Place) -> None:
    rotation = place.rotation()
    rotation.rotate("page")
    place.clock.now += 1000 * DAY_S
    rotation.retire("page")
    assert place.kids("page") == ["00000001", "00000002"]


def test_versions_that_secrets_are_derived_from_are_never_retired(place: Place) -> None:
    """Items name them: binding links and refresh tokens could not be said again."""
    rotation = place.rotation()
    for _ in range(3):
        rotation.rotate("derive")
        place.clock.now += 1000 * DAY_S
    assert "stays" in rotation.retire("derive")
    assert len(place.kids("derive")) == 4


@pytest.mark.parametrize(("limit", "days"), [(365 * DAY_S, 365), (DAY_S, 90)])
def test_locators_open_for_as_long_as_the_deployment_lets_refresh_tokens_live(
    place: Place, limit: int, days: int
) -> None:
    """A limit below the default shortens nothing: it may have been lowered a moment ago."""
    rotation = place.rotation(limit)
    rotation.rotate("locator")
    place.clock.now += AHEAD_S
    replaced = place.clock.now
    rotation.rotate("locator")
    place.clock.now += AHEAD_S
    assert rfc3339(replaced + days * DAY_S + HOUR_S) in rotation.status("locator")


def test_every_wait_covers_what_rooms_really_seal() -> None:
    assert set(LIFETIMES_S) | {"derive"} == set(PURPOSES)
    assert LIFETIMES_S["request"] > request_token.LIFETIME_S
    assert LIFETIMES_S["binding"] > session.LIFETIME_S
    assert LIFETIMES_S["locator"] > new_login.CODE_LIFETIME_S + DAY_S


def test_only_the_very_version_that_was_judged_is_removed(place: Place) -> None:
    (first,) = place.stored.of("page")
    assert not place.stored.remove(WrappedKey("page", first.kid, b"another", 0))
    assert place.stored.remove(first)
    assert not place.stored.remove(first)


def test_the_commands_say_what_there_is_and_what_they_did(place: Place) -> None:
    listed = place.keys("list")
    assert listed.exit_code == 0, listed.output
    for purpose in PURPOSES:
        assert f"{purpose:<8} 00000001  current   seals since" in listed.output
    assert "RS256  no key is published" in listed.output

    made = place.keys("rotate-sealing")
    assert made.exit_code == 0
    assert made.output.count("00000002  next      will seal from") == len(PURPOSES)
    again = place.keys("rotate-sealing", "--purpose", "locator")
    assert again.output.count("nothing made") == 1
    assert place.keys("rotate-sealing", "--purpose", "cookies").exit_code == 2
    young = place.keys("rotate-sealing", "--older-than", "30")
    assert young.output.count("nothing made") == len(PURPOSES)

    retired = place.keys("retire-sealing")
    assert retired.exit_code == 0
    assert retired.output.count("retired: nothing") == len(ROTATED)
    assert place.kids("locator") == ["00000001", "00000002"]


def test_one_purpose_that_is_refused_keeps_no_other_from_its_step(place: Place) -> None:
    (first,) = place.stored.of("request")
    place.stored.remove(first)
    told = place.keys("rotate-sealing")
    assert told.exit_code == 1
    assert "request has no key yet: run keybound bootstrap" in told.output
    assert place.kids("locator") == ["00000001", "00000002"]


def test_a_wrapping_key_that_is_disabled_makes_nothing(place: Place) -> None:
    place.state.kms.disable_key(KeyId=place.key_id)
    told = place.keys("rotate-sealing", "--purpose", "page")
    assert told.exit_code == 1
    assert "enable it" in told.output
    assert place.kids("page") == ["00000001"]
