"""AWS failing in the middle of an introspection, and what one costs."""

import os
from collections.abc import Iterator

import pytest

from functions import composition
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.aws_rounds import expect_rounds, leave_keys_unprocessed
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SECRET, SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
MOMENTS: tuple[Moment, ...] = ("before", "after")
KINDS = ("access_token", "refresh_token")


def of_realm(person: SignIn) -> str:
    return f"{person.platform.auth_base_url}{person.platform.realm_path}/introspect"


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS)


@pytest.fixture
def warm(platform: Platform) -> Iterator[SignIn]:
    """Caches as in a deployment, and every room used once."""
    os.environ["KEYBOUND_CACHE_TTL_S"] = "30"
    forget_rooms()
    person = new_sign_in(platform, grant_types=GRANTS)
    for url in ("", of_realm(person)):
        assert person.introspect(person.tokens()["access_token"], at=url).json()["active"]
    yield person
    os.environ["KEYBOUND_CACHE_TTL_S"] = "0"
    forget_rooms()


def try_again_later(answer: Answer) -> None:
    check_json(answer, 503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("at_realm", [False, True], ids=["issuer", "realm"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_costs_one_consistent_batch_over_both_tables(
    warm: SignIn, kind: str, at_realm: bool
) -> None:
    token = warm.tokens()[kind]
    with expect_rounds(("BatchGetItem",)) as calls:
        found = warm.introspect(token, at=of_realm(warm) if at_realm else "")
        assert found.json()["active"] is True
    wanted = calls[0].params["RequestItems"]
    settings = composition.settings()
    assert {name: len(t["Keys"]) for name, t in wanted.items()} == {
        # the login and, for an access token, whether it was ended
        settings.grants_table: 2 if kind == "access_token" else 1,
        settings.directory_table: 2,
    }
    assert all(t["ConsistentRead"] is True for t in wanted.values())


def test_a_token_without_person_costs_one_read(warm: SignIn) -> None:
    client = {"client_id": warm.application.client_id, "client_secret": SECRET}
    own = warm.token({"grant_type": "client_credentials", **client}).json()["access_token"]
    for url in ("", of_realm(warm)):
        with expect_rounds(("BatchGetItem",)) as calls:
            assert warm.introspect(own, at=url).json()["active"] is True
        (wanted,) = calls[0].params["RequestItems"].values()
        assert wanted["ConsistentRead"] is True
        assert len(wanted["Keys"]) == 1


def test_what_is_no_token_costs_nothing(warm: SignIn) -> None:
    token = warm.tokens()["access_token"]
    with count_aws_calls() as calls:
        for url in ("", of_realm(warm)):
            for shown in ("x", "a.b", token[:-8] + "AAAAAAAA"):
                assert warm.introspect(shown, at=url).json() == {"active": False}
            assert warm.introspect(token, at=url, client_secret="wrong").status == 401
        for n in range(5):
            guessed = warm.introspect(token, at=of_realm(warm), client_id=f"guess-{n}")
            assert guessed.status == 401
    assert calls == []


@pytest.mark.parametrize("at_realm", [False, True], ids=["issuer", "realm"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_failure_is_unavailable_never_inactive(
    person: SignIn, moment: Moment, kind: str, at_realm: bool
) -> None:
    """Taken as inactive, a busy table would sign everybody out."""
    token, url = person.tokens()[kind], of_realm(person) if at_realm else ""
    for cold in (False, True):
        which, answer = 0, None
        while answer is None or answer.status != 200:
            which += 1
            if cold:
                forget_rooms()
            with fail_aws_call(which, moment) as failed:
                answer = person.introspect(token, at=url)
            if failed:
                try_again_later(answer)
        assert failed == []
        assert which >= (5 if cold else 3), "every call was made to fail once"
        assert answer.json()["active"] is True


def test_keys_that_stay_unprocessed_are_unavailable_never_absent(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    with leave_keys_unprocessed(2):
        assert person.introspect(token).json()["active"] is True
    with leave_keys_unprocessed(99):
        try_again_later(person.introspect(token))
