"""Opaque access tokens: RFC 6749 §1.4, RFC 7662 §4, RFC 7009 §2.1, RFC 6750 §3.1."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.aws_calls import fail_aws_call
from tests.support.oauth_answers import check_json
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import stored

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
INACTIVE = {"active": False}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(
        platform, grant_types=GRANTS, token_format="referential", allowed_scopes=("orders",)
    )


@pytest.fixture
def later(platform: Platform) -> Iterator[Callable[[int], None]]:
    yield platform.clock.advance
    platform.clock.reset()
    forget_rooms()


def own_token(person: SignIn, **changes: str) -> dict[str, Any]:
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    answer = person.token({"grant_type": "client_credentials", **client, **changes})
    assert answer.status == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


def of_realm(person: SignIn) -> str:
    return f"{person.platform.auth_base_url}{person.platform.realm_path}/introspect"


def refused(person: SignIn, token: str) -> None:
    """Nowhere good: userinfo 401 (RFC 6750 §3.1), introspection inactive (RFC 7662 §2.2)."""
    check_json(person.userinfo(token), 401, "invalid_token")
    assert person.introspect(token).json() == INACTIVE


def test_the_answer_is_as_ever_and_the_token_says_nothing(person: SignIn) -> None:
    tokens = person.tokens(scope="openid profile")
    assert set(tokens) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "id_token",
        "refresh_token",
    }
    token = tokens["access_token"]
    assert token.startswith("kbat_")
    assert len(token) < 512
    assert person.identity.id not in token
    assert person.userinfo(token).json()["name"] == person.identity.display_name


def test_introspection_says_what_a_self_contained_one_would(person: SignIn) -> None:
    tokens = person.redeem(
        person.code(scope="openid orders"), custom_claims='{"plan":"gold"}', expiration_time="99"
    ).json()
    for url in ("", of_realm(person)):
        found = person.introspect(tokens["access_token"], at=url).json()
        assert found["active"] is True
        assert found["iss"] == person.issuer
        assert found["sub"] == person.identity.id
        assert found["scope"] == "openid orders"
        assert found["custom"] == {"plan": "gold"}
        assert found["exp"] - found["iat"] == 99
        assert "locator" not in found


def test_only_a_hash_is_stored(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    assert token.partition(".")[2] not in repr(stored())


def test_n96_it_ends_with_its_time(person: SignIn, later: Callable[[int], None]) -> None:
    token = person.redeem(person.code(), expiration_time="60").json()["access_token"]
    later(59)
    assert person.userinfo(token).status == 200
    later(1)
    refused(person, token)


def spoiled(token: str) -> list[str]:
    sealed, _, secret = token.removeprefix("kbat_").partition(".")
    other = "A" if secret[0] != "A" else "B"
    return [
        "kbat_",
        "kbat_.",
        f"kbat_{sealed}",
        f"kbat_{sealed}.",
        f"kbat_.{secret}",
        f"{sealed}.{secret}",
        f"kbat_{sealed}.{other}{secret[1:]}",
        f"kbat_{sealed[:-2]}AA.{secret}",
        f"KBAT_{sealed}.{secret}",
        f"kbat_{sealed}.{secret}.x",
        f"kbat_{'A' * 2000}.{secret}",
    ]


def test_n96_a_damaged_one_opens_nothing_and_ends_nothing(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    before = stored()
    for damaged in spoiled(token):
        refused(person, damaged)
        assert person.revoke(damaged).status == 200
        assert person.refresh(damaged).status == 400
    assert stored() == before
    assert person.userinfo(token).status == 200


def test_n93_the_parts_of_two_tokens_do_not_make_one(person: SignIn) -> None:
    first, second = (person.tokens()["access_token"] for _ in range(2))
    refused(person, f"{first.partition('.')[0]}.{second.partition('.')[2]}")


def test_n83_it_is_no_refresh_token_and_a_refresh_token_is_none_of_it(person: SignIn) -> None:
    tokens = person.tokens()
    check_json(person.refresh(tokens["access_token"]), 400, "invalid_grant")
    check_json(person.redeem(tokens["access_token"]), 400, "invalid_grant")
    check_json(person.userinfo(f"kbat_{tokens['refresh_token']}"), 401, "invalid_token")
    assert person.userinfo(tokens["access_token"]).status == 200


def test_n90_n104_another_client_or_issuer_gets_nothing_from_it(
    platform: Platform, person: SignIn
) -> None:
    other = new_sign_in(platform, grant_types=GRANTS, token_format="referential")
    token = person.tokens()["access_token"]
    refused(other, token)
    assert other.introspect(token, at=of_realm(other)).json() == INACTIVE
    assert other.revoke(token).status == 200
    assert person.userinfo(token).status == 200


def test_n103_another_realm_knows_nothing_of_it(platform: Platform, person: SignIn) -> None:
    """The same application id in another realm has another issuer, and opens none of its things."""
    other = platform.create_realm(platform.management).id
    token = person.tokens()["access_token"]
    url = person.issuer.replace(platform.realm_id, other)
    assert platform.call("GET", f"{url}/userinfo", token=token).status == 404


def test_it_opens_nothing_on_the_api_host(platform: Platform, person: SignIn) -> None:
    """RFC 9068 §4: only signed tokens of type at+jwt."""
    token = own_token(person)["access_token"]
    answer = platform.call("GET", f"{platform.realm_path}/identities", token=token)
    assert (answer.status, answer.json()["code"]) == (401, "unauthorized")


def test_7009_revoking_one_ends_it_alone(person: SignIn) -> None:
    tokens = person.tokens()
    again = person.refresh(tokens["refresh_token"]).json()
    assert person.revoke(tokens["access_token"]).status == 200
    refused(person, tokens["access_token"])
    assert person.userinfo(again["access_token"]).status == 200
    assert person.refresh(again["refresh_token"]).status == 200
    assert person.revoke(tokens["access_token"]).status == 200, "a second time is no error"


def test_7009_revoking_the_refresh_token_ends_all(person: SignIn) -> None:
    tokens = person.tokens()
    assert person.revoke(tokens["refresh_token"]).status == 200
    refused(person, tokens["access_token"])


def test_n68_a_replayed_code_ends_it(person: SignIn) -> None:
    code = person.code()
    token = person.redeem(code).json()["access_token"]
    check_json(person.redeem(code), 400, "invalid_grant")
    refused(person, token)


@pytest.mark.parametrize("who", ["identity", "passkey"])
def test_who_stands_behind_it_is_asked_at_each_use(platform: Platform, who: str) -> None:
    person = new_sign_in(platform, token_format="referential")
    token = person.tokens()["access_token"]
    if who == "identity":
        person.change_identity(status="suspended")
    else:
        person.change_passkey(state="REVOKED")
    refused(person, token)


def test_a_repeated_refresh_gets_the_same_token_again(
    person: SignIn, later: Callable[[int], None]
) -> None:
    """What was lost on the way is said again, word for word."""
    token = person.tokens()["refresh_token"]
    first = person.refresh(token).json()
    later(5)
    second = person.refresh(token).json()
    assert second["access_token"] == first["access_token"]
    assert second["refresh_token"] == first["refresh_token"]
    assert second["expires_in"] == first["expires_in"] - 5


def test_a_repeat_does_not_bring_back_what_was_revoked(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    first = person.refresh(token).json()
    assert person.revoke(first["access_token"]).status == 200
    again = person.refresh(token).json()
    assert again["access_token"] == first["access_token"]
    refused(person, again["access_token"])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_when_it_cannot_be_kept_the_code_stays_good(person: SignIn, moment: Any) -> None:
    code = person.code(scope="orders")
    failed_once = False
    for which in range(1, 8):
        with fail_aws_call(which, moment) as failed:
            answer = person.redeem(code)
        if answer.status == 200:
            break
        failed_once = failed_once or bool(failed)
        check_json(answer, 503, "temporarily_unavailable")
    assert failed_once
    assert answer.status == 200
    assert person.introspect(answer.json()["access_token"]).json()["active"] is True


@pytest.mark.parametrize("moment", ["before", "after"])
def test_when_it_cannot_be_kept_the_refresh_is_answered_later(person: SignIn, moment: Any) -> None:
    token = person.tokens()["refresh_token"]
    with fail_aws_call("PutItem", moment, times=9) as failed:
        check_json(person.refresh(token), 503, "temporarily_unavailable")
    assert failed
    answer = person.refresh(token)
    assert answer.status == 200
    assert person.userinfo(answer.json()["access_token"]).status == 200


def test_a_clients_own_token(person: SignIn) -> None:
    """N86, RFC 9068 §2.2: no person, no ID token; userinfo has nobody to speak of."""
    answer = own_token(person, scope="orders")
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    found = person.introspect(answer["access_token"]).json()
    assert (found["active"], found["sub"]) == (True, person.application.client_id)
    check_json(person.userinfo(answer["access_token"]), 403, "insufficient_scope")
    assert person.revoke(answer["access_token"]).status == 200
    assert person.introspect(answer["access_token"]).json() == INACTIVE


def test_a_change_of_format_leaves_older_tokens_good(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, token_format="referential")
    old = person.tokens()["access_token"]
    person.change_application(token_format="self_contained")
    new = person.tokens()["access_token"]
    assert new.count(".") == 2
    assert [person.userinfo(token).status for token in (old, new)] == [200, 200]
