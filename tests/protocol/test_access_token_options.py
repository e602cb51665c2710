"""`expiration_time` and `custom_claims` of a token request, for each grant.

The parameters are extensions (RFC 6749 §8.2); what they may do to a token is bounded by RFC 9068.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import stored
from tests.support.tokens import claims_of

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
EXPIRES_AFTER = 3600
REGISTERED = {
    "iss": "https://evil.example",
    "sub": "somebody else",
    "aud": "https://other.example",
    "exp": 9_999_999_999,
    "scope": "everything",
    "client_id": "another",
    "jti": "x",
    "tenant_id": "0" * 16,
    "sid": "x",
    "locator": "x",
}

Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(
        platform, grant_types=GRANTS, allowed_scopes=("orders",), expires_after=EXPIRES_AFTER
    )


@pytest.fixture(params=GRANTS)
def ask(request: pytest.FixtureRequest, person: SignIn) -> Ask:
    """Sends one good token request of a grant, with changes."""

    def by_client(**changes: str | None) -> Answer:
        form = {"client_id": person.application.client_id, "client_secret": SECRET}
        sent = {"grant_type": "client_credentials", **form, **changes}
        return person.token({k: v for k, v in sent.items() if v is not None})

    by_grant: dict[str, Ask] = {
        "authorization_code": lambda **changes: person.redeem(person.code(), **changes),
        "refresh_token": lambda **c: person.refresh(person.tokens()["refresh_token"], **c),
        "client_credentials": by_client,
    }
    return by_grant[request.param]


def test_a_token_lives_as_long_as_was_asked(ask: Ask) -> None:
    answer = ask(expiration_time="120").json()
    content = claims_of(answer["access_token"])
    assert (answer["expires_in"], content["exp"] - content["iat"]) == (120, 120)


def test_a_token_lives_as_long_as_its_application_says_when_nothing_is_asked(ask: Ask) -> None:
    answer = ask().json()
    content = claims_of(answer["access_token"])
    assert (answer["expires_in"], content["exp"] - content["iat"]) == (3600, 3600)
    assert "custom" not in content


LIFETIMES = ("0", "3601", "-1", "+60", "60.0", "1e2", " 60", "sixty", "0x10", "\u0661", "9" * 40)


@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_a_lifetime_that_is_no_number_within_the_bounds_is_refused(
    person: SignIn, lifetime: str
) -> None:
    check_json(person.redeem("x", expiration_time=lifetime), 400, "invalid_request")


def test_custom_claims_stand_in_one_claim_of_their_own(ask: Ask) -> None:
    wanted = {"plan": "gold", "seats": 3, "tags": ["a", None, True], "unit": {"name": "Zürich"}}
    content = claims_of(ask(custom_claims=json.dumps(wanted)).json()["access_token"])
    assert content["custom"] == wanted


def test_custom_claims_never_take_the_place_of_ours(ask: Ask) -> None:
    plain = claims_of(ask().json()["access_token"])
    content = claims_of(ask(custom_claims=json.dumps(REGISTERED)).json()["access_token"])
    assert content.pop("custom") == REGISTERED
    different = {"jti", "iat", "exp", "sid", "locator", "auth_time"}
    assert content.keys() == plain.keys()
    assert {k: v for k, v in content.items() if k not in different} == {
        k: v for k, v in plain.items() if k not in different
    }


def test_custom_claims_stay_out_of_the_id_token(person: SignIn) -> None:
    tokens = person.redeem(person.code(), custom_claims='{"plan":"gold"}').json()
    assert "custom" not in claims_of(tokens["id_token"])
    assert "custom" not in person.userinfo(tokens["access_token"]).json()


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


BAD_CLAIMS = {
    "no JSON": "{",
    "an array": "[1]",
    "a text": '"gold"',
    "a number": "1",
    "null": "null",
    "a repeated member": '{"a":1,"a":2}',
    "a repeated member inside": '{"o":{"a":1,"a":2}}',
    "NaN": '{"a":NaN}',
    "infinity": '{"a":1e999}',
    "a number that readers round": '{"a":9007199254740993}',
    "half a character": '{"a":"\\ud800"}',
    "half a character as a name": '{"\\ud800":1}',
    "two objects": "{}{}",
    "too many bytes": json.dumps({"a": "x" * 2048}),
    "too many bytes in few characters": json.dumps({"a": "ü" * 1020}, ensure_ascii=False),
    "too deep": nested(6),
    "far too deep": nested(300),
    "too many members": json.dumps({str(n): n for n in range(65)}),
    "too many elements": json.dumps({"a": list(range(64))}),
}


@pytest.mark.parametrize("text", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_bad_custom_claims_are_refused_and_burn_nothing(person: SignIn, text: str) -> None:
    code, before = person.code(), stored()
    check_json(person.redeem(code, custom_claims=text), 400, "invalid_request")
    assert stored() == before
    assert person.redeem(code).status == 200


def test_custom_claims_at_their_limits_are_taken(person: SignIn) -> None:
    full = {"a": "x" * (2048 - len('{"a":""}'))}
    deep = nested(5)
    many = {str(n): n for n in range(64)}
    for text in (json.dumps(full, separators=(",", ":")), deep, json.dumps(many)):
        content = claims_of(person.redeem(person.code(), custom_claims=text).json()["access_token"])
        assert content["custom"] == json.loads(text)


def test_an_empty_object_is_no_claim(person: SignIn) -> None:
    answer = person.redeem(person.code(), custom_claims="{}").json()
    assert "custom" not in claims_of(answer["access_token"])


def test_a_public_client_cannot_have_claims_signed(platform: Platform) -> None:
    """Nothing says who sends them: whoever holds the code could write what they like."""
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="", pkce="s256")
    code = public.code()
    check_json(public.redeem(code, custom_claims='{"a":1}'), 400, "invalid_request")
    assert public.redeem(code, expiration_time="60").json()["expires_in"] == 60


# --- Refresh: they are part of what a repeated request must repeat

CHANGED: dict[str, dict[str, Any]] = {
    "another lifetime": {"expiration_time": "61"},
    "no lifetime": {"expiration_time": None},
    "other claims": {"custom_claims": '{"plan":"iron"}'},
    "no claims": {"custom_claims": None},
}
ASKED = {"expiration_time": "60", "custom_claims": '{"plan":"gold","seats":3}'}


def test_a_repeated_refresh_gets_the_same_token_with_the_same_claims(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    first = person.refresh(token, **ASKED).json()
    reordered = {**ASKED, "custom_claims": '{ "seats": 3, "plan": "gold" }'}
    second = person.refresh(token, **reordered).json()
    assert claims_of(first["access_token"])["custom"] == {"plan": "gold", "seats": 3}
    names = ("jti", "iat", "exp", "custom")
    assert [claims_of(first["access_token"])[n] for n in names] == [
        claims_of(second["access_token"])[n] for n in names
    ]
    assert first["refresh_token"] == second["refresh_token"]


@pytest.mark.parametrize("changes", CHANGED.values(), ids=CHANGED)
def test_a_repeated_refresh_with_other_options_is_refused_and_revokes_nothing(
    person: SignIn, changes: dict[str, Any]
) -> None:
    token = person.tokens()["refresh_token"]
    first = person.refresh(token, **ASKED).json()
    check_json(person.refresh(token, **(ASKED | changes)), 400, "invalid_request")
    assert person.refresh(first["refresh_token"]).status == 200


def test_claims_of_one_refresh_do_not_outlive_it(person: SignIn) -> None:
    first = person.refresh(person.tokens()["refresh_token"], **ASKED).json()
    second = person.refresh(first["refresh_token"]).json()
    assert "custom" not in claims_of(second["access_token"])
    assert second["expires_in"] == EXPIRES_AFTER
