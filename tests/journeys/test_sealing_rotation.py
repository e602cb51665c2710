"""All sealing keys are rotated while people bind, sign in and page: nobody notices."""

from collections.abc import Iterator

import pytest
from keybound.domain.sealing_key import PURPOSES
from keybound.storage.sealing_keys import SealingKeys

from tests.support.binding_steps import new_binding
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in
from tools.cli.sealing_rotation import AHEAD_S, SealingRotation

GRANTS = ("authorization_code", "refresh_token")


@pytest.fixture
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS)


@pytest.fixture(autouse=True)
def clock_at_its_start(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


def rotate(platform: Platform) -> None:
    """Make the next version of every purpose; it seals from AHEAD_S on."""
    place = platform.deployment
    stored = SealingKeys(place.directory)
    rotation = SealingRotation(stored, place.kms, place.sealing_key_id, platform.clock.now)
    for purpose in PURPOSES:
        before = len(stored.of(purpose))
        rotation.rotate(purpose)
        assert len(stored.of(purpose)) == before + 1


def test_what_was_begun_before_a_rotation_is_finished_after_it(
    platform: Platform, person: SignIn
) -> None:
    link = new_binding(platform).link()
    new_binding(platform)  # so that identities fill more than a page
    tokens = person.tokens()
    page = platform.manage("GET", "/identities?page_size=1").json()["next_page_token"]

    rotate(platform)
    platform.clock.advance(AHEAD_S - 20)
    request, binding = person.request(), link.answer()
    code = person.code()
    platform.clock.advance(20)  # from now on the next version seals

    assert person.authenticate(request).status == 200
    assert person.redeem(code).status == 200
    assert person.userinfo(tokens["access_token"]).status == 200
    refreshed = person.refresh(tokens["refresh_token"])
    assert refreshed.status == 200
    assert link.complete(binding).status == 200
    following = f"/identities?page_size=1&page_token={page}"
    assert platform.manage("GET", following).status == 200

    again = person.tokens()
    assert person.refresh(again["refresh_token"]).status == 200
    assert person.refresh(refreshed.json()["refresh_token"]).status == 200


def test_a_refresh_token_outlives_a_rotation_of_what_its_secret_is_derived_from(
    platform: Platform, person: SignIn
) -> None:
    """Its item names the version; within the grace the same answer is said again."""
    token = person.tokens()["refresh_token"]
    platform.clock.advance(AHEAD_S)
    first = person.refresh(token).json()["refresh_token"]
    rotate(platform)
    assert person.refresh(token).json()["refresh_token"] == first
    platform.clock.advance(AHEAD_S)
    assert person.refresh(first).status == 200
