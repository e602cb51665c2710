"""Configuration is served from memory for thirty seconds, never longer, whatever fails."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.oauth_answers import added, check_json
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SECRET, SignIn, new_sign_in

CACHE_S = 30
NEW_URI = "https://app.example.com/new"


@pytest.fixture
def warm(platform: Platform) -> Iterator[SignIn]:
    os.environ["KEYBOUND_CACHE_TTL_S"] = str(CACHE_S)
    forget_rooms()
    person = new_sign_in(platform, grant_types=("authorization_code", "client_credentials"))
    assert person.userinfo(person.tokens()["access_token"]).status == 200
    yield person
    platform.clock.reset()
    os.environ["KEYBOUND_CACHE_TTL_S"] = "0"
    forget_rooms()


def client_credentials(person: SignIn) -> Any:
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    return person.token({"grant_type": "client_credentials", **client})


def test_a_change_to_an_application_shows_within_thirty_seconds(warm: SignIn) -> None:
    warm.change_application(redirect_uris=(NEW_URI,))
    warm.platform.clock.advance(CACHE_S)
    assert warm.authorize().status == 400
    answer = warm.authenticate(warm.request(redirect_uri=NEW_URI))
    assert added(answer.json()["redirect_url"], NEW_URI)["code"]


def test_until_then_it_costs_no_read(warm: SignIn) -> None:
    warm.platform.clock.advance(CACHE_S - 5)
    warm.platform.clock.reset()
    with count_aws_calls() as calls:
        assert warm.authorize().status == 302
    assert calls == []


def test_an_identity_and_a_passkey_are_never_cached(warm: SignIn) -> None:
    code, token = warm.code(), warm.tokens()["access_token"]
    warm.change_identity(status="suspended")
    check_json(warm.redeem(code), 400, "invalid_grant")
    check_json(warm.userinfo(token), 401, "invalid_token")
    check_json(warm.authenticate(warm.request()), 400, "access_denied")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_nothing_is_served_past_its_time_when_the_refresh_fails(
    warm: SignIn, moment: Moment
) -> None:
    warm.platform.clock.advance(CACHE_S)
    with fail_aws_call(1, moment, times=99) as failed:
        answers = [
            client_credentials(warm),
            warm.redeem("x"),
            warm.userinfo("a.b.c"),
            warm.platform.call("GET", f"{warm.issuer}/.well-known/jwks.json"),
        ]
        page = warm.authorize()
    assert failed
    for answer in answers:
        check_json(answer, 503, "temporarily_unavailable")
        assert answer.headers["retry-after"] == "1"
    assert (page.status, page.headers["retry-after"]) == (503, "1")
    assert "location" not in page.headers
    assert warm.authorize().status == 302, "and it recovers by itself"
