"""A deployment's limits of token lifetimes: no application is above them, not even older ones."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from keybound.domain.encoding import from_b64url
from keybound.edge.settings import SettingsError, from_environment

from functions import composition
from tests.support.configuration_bodies import (
    make_application,
    make_config,
    refused_fields,
    web_body,
)
from tests.support.platform import Platform
from tests.support.sign_in import new_sign_in

HOUR_S, DAY_S = 3600, 24 * 3600
GRANTS = ("authorization_code", "refresh_token")
TOKEN_CONFIGURATION = "application.protocol_config.token_configuration"


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Deploys other limits: rooms start anew with another environment."""

    def deploy(*, access_s: int = DAY_S, refresh_s: int = 90 * DAY_S) -> None:
        monkeypatch.setenv("KEYBOUND_LONGEST_ACCESS_TOKEN_S", str(access_s))
        monkeypatch.setenv("KEYBOUND_LONGEST_REFRESH_TOKEN_S", str(refresh_s))
        composition.forget()

    yield deploy
    monkeypatch.undo()
    composition.forget()


@pytest.fixture
def later(platform: Platform) -> Iterator[Callable[[int], None]]:
    yield platform.clock.advance
    platform.clock.reset()


def lifetimes(application: dict[str, Any]) -> tuple[int, int]:
    said = application["protocol_config"]["token_configuration"]
    return said["expires_after"], said["refresh_token_expires_after"]


def claims(token: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(from_b64url(token.split(".")[1]))
    return said


def test_without_other_settings_the_limits_are_a_day_and_ninety_days() -> None:
    bases = {
        "KEYBOUND_AUTH_BASE_URL": "https://auth.example.com",
        "KEYBOUND_API_BASE_URL": "https://api.example.com",
        "KEYBOUND_DIRECTORY_TABLE": "directory",
        "KEYBOUND_GRANTS_TABLE": "grants",
    }
    limits = from_environment(bases).token_limits
    assert (limits.access_s, limits.refresh_s) == (DAY_S, 90 * DAY_S)
    for name in ("ACCESS", "REFRESH"):
        with pytest.raises(SettingsError, match=f"KEYBOUND_LONGEST_{name}_TOKEN_S"):
            from_environment(bases | {f"KEYBOUND_LONGEST_{name}_TOKEN_S": "a day"})


def test_an_application_above_a_limit_is_refused_by_name(
    platform: Platform, lower: Callable[..., None]
) -> None:
    lower(access_s=HOUR_S, refresh_s=7 * DAY_S)
    config_id = make_config(platform)
    for member, most in (("expires_after", HOUR_S), ("refresh_token_expires_after", 7 * DAY_S)):
        body = web_body(config_id, token_configuration={member: most + 1})
        refused = platform.manage("POST", "/applications", body)
        assert refused_fields(refused) == [f"{TOKEN_CONFIGURATION}.{member}"]
        assert str(most) in refused.text
        body = web_body(config_id, token_configuration={member: most})
        assert most in lifetimes(make_application(platform, body))


def test_what_is_left_out_is_never_above_the_limits(
    platform: Platform, lower: Callable[..., None]
) -> None:
    lower(access_s=HOUR_S, refresh_s=7 * DAY_S)
    made = make_application(platform, web_body(make_config(platform)))
    assert lifetimes(made) == (HOUR_S, 7 * DAY_S)


def test_a_longer_limit_lets_refresh_tokens_live_longer(
    platform: Platform, lower: Callable[..., None], later: Callable[[int], None]
) -> None:
    lower(refresh_s=365 * DAY_S)
    person = new_sign_in(platform, grant_types=GRANTS, refresh_token_expires_after=200 * DAY_S)
    token = person.tokens()["refresh_token"]
    later(199 * DAY_S)
    assert person.refresh(token).status == 200


def test_lowering_a_limit_caps_the_tokens_of_applications_that_were_made_before(
    platform: Platform, lower: Callable[..., None], later: Callable[[int], None]
) -> None:
    person = new_sign_in(
        platform,
        grant_types=GRANTS,
        expires_after=DAY_S,
        refresh_token_expires_after=60 * DAY_S,
    )
    lower(access_s=HOUR_S, refresh_s=DAY_S)
    tokens = person.tokens()
    said = claims(tokens["access_token"])
    assert tokens["expires_in"] == said["exp"] - said["iat"] == HOUR_S
    assert claims(tokens["id_token"])["exp"] - said["iat"] <= HOUR_S
    later(HOUR_S + 1)
    assert person.userinfo(tokens["access_token"]).status == 401
    again = person.refresh(tokens["refresh_token"]).json()
    assert again["expires_in"] == HOUR_S
    later(DAY_S)
    assert person.refresh(again["refresh_token"]).json()["error"] == "invalid_grant"


def test_all_tokens_of_a_login_end_with_the_limit_however_often_they_are_used(
    platform: Platform, lower: Callable[..., None], later: Callable[[int], None]
) -> None:
    lower(refresh_s=2 * DAY_S)
    person = new_sign_in(platform, grant_types=GRANTS, refresh_token_expires_after=30 * DAY_S)
    token = person.tokens()["refresh_token"]
    for _ in range(2):
        later(DAY_S - 60)
        token = person.refresh(token).json()["refresh_token"]
    later(121)
    assert person.refresh(token).json()["error"] == "invalid_grant"


def test_an_application_above_a_lowered_limit_is_shown_as_it_is_served_and_can_be_changed(
    platform: Platform, lower: Callable[..., None]
) -> None:
    body = web_body(make_config(platform), token_configuration={"expires_after": DAY_S})
    path = f"/applications/{make_application(platform, body)['id']}"
    lower(access_s=HOUR_S)
    assert lifetimes(platform.manage("GET", path).json())[0] == HOUR_S
    listed = platform.manage("GET", "/applications").json()["applications"]
    assert max(lifetimes(each)[0] for each in listed) <= HOUR_S
    renamed = platform.manage("PATCH", path, {"application": {"display_name": "Renamed"}})
    assert (renamed.status, lifetimes(renamed.json())[0]) == (200, HOUR_S)


def test_management_tokens_are_under_the_limit_too(
    platform: Platform, lower: Callable[..., None]
) -> None:
    lower(access_s=600)
    said = claims(platform.management_token())
    assert said["exp"] - said["iat"] == 600
