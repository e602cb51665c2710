"""RFC 6750: bearer tokens at the userinfo endpoint."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_resource_server, new_sign_in


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    server = new_resource_server(platform, "https://orders.example.com", "orders")
    return new_sign_in(platform, allowed_scopes=("orders",), resource_server_id=server.id)


@pytest.fixture(scope="module")
def token(person: SignIn) -> str:
    return str(person.tokens(scope="openid email")["access_token"])


@pytest.fixture(autouse=True)
def present(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


def ask(person: SignIn, *headers: tuple[str, str], method: str = "GET", **sent: Any) -> Answer:
    return person.platform.call(method, f"{person.issuer}/userinfo", headers=headers, **sent)


def unsigned(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_n95_without_credentials_nothing_is_said_about_them(person: SignIn) -> None:
    """§3, §3.1: no error code when no authentication was tried."""
    answer = ask(person)
    check_json(answer, 401, None)
    assert answer.headers["www-authenticate"] == "Bearer"
    check_json(ask(person, ("authorization", "")), 401, None)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_n100_the_scheme_is_read_in_any_case(person: SignIn, token: str, scheme: str) -> None:
    """RFC 9110 §11.1."""
    assert ask(person, ("authorization", f"{scheme} {token}")).status == 200
    assert ask(person, ("authorization", f"{scheme}  {token}"), method="POST").status == 200


GARBAGE = [
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer a.b.c",
    "Bearer a b",
    'Bearer token="x"',
    "Basic YTpi",
    "Token x",
    "x",
    "Bearer \u00e9",
    "Bearer " + "a" * 9000,
]


@pytest.mark.parametrize("header", GARBAGE)
def test_n96_garbage_is_an_invalid_token(person: SignIn, header: str) -> None:
    answer = ask(person, ("authorization", header))
    check_json(answer, 401, "invalid_token")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="invalid_token"')
    assert challenge.count("error=") == 1


def test_two_authorization_headers_are_no_token(person: SignIn, token: str) -> None:
    """An HTTP API joins them with a comma, which no token contains."""
    one = ("authorization", f"Bearer {token}")
    check_json(ask(person, one, one), 401, "invalid_token")


def test_n96_a_token_ends_exactly_with_its_last_second(
    platform: Platform, person: SignIn, token: str
) -> None:
    left = unsigned(token)["exp"] - platform.clock.now()
    platform.clock.advance(left - 1)
    assert person.userinfo(token).status == 200
    platform.clock.advance(1)
    check_json(person.userinfo(token), 401, "invalid_token")


def test_n96_t31_a_revoked_login_ends_its_token_at_once(person: SignIn) -> None:
    code = person.code()
    token = person.redeem(code).json()["access_token"]
    person.redeem(code)
    check_json(person.userinfo(token), 401, "invalid_token")


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.change_identity(status="suspended"),
        lambda p: p.change_passkey(state="REVOKED"),
        lambda p: p.change_passkey(identity_id="0" * 16),
    ],
    ids=["identity suspended", "passkey revoked", "passkey became another's"],
)
def test_n96_whoever_may_no_longer_sign_in_may_no_longer_be_asked_about(
    platform: Platform, change: Any
) -> None:
    person = new_sign_in(platform)
    token = person.tokens()["access_token"]
    change(person)
    check_json(person.userinfo(token), 401, "invalid_token")


def test_n97_n105_a_token_without_openid_is_short_of_scope(person: SignIn) -> None:
    token = person.tokens(scope="orders")["access_token"]
    answer = person.userinfo(token)
    check_json(answer, 403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", scope="openid"'
    )


def test_a_token_for_a_resource_server_opens_userinfo_when_openid_is_in_it(
    person: SignIn,
) -> None:
    token = person.tokens(scope="openid orders")["access_token"]
    assert unsigned(token)["aud"] == "https://orders.example.com"
    assert person.userinfo(token).status == 200


def test_n98_a_token_in_two_places_is_refused(person: SignIn, token: str) -> None:
    """§2: one method per request."""
    header = ("authorization", f"Bearer {token}")
    form = {"access_token": token}
    check_json(ask(person, header, method="POST", form=form), 400, "invalid_request")
    url = f"{person.issuer}/userinfo?access_token={token}"
    answer = person.platform.call("GET", url, headers=[header])
    check_json(answer, 400, "invalid_request")


def test_n99_a_token_in_the_uri_or_in_a_form_is_refused(person: SignIn, token: str) -> None:
    """RFC 9700 §4.3.2. The form of §2.2 is optional and not supported: it is refused by name."""
    answer = person.platform.call("GET", f"{person.issuer}/userinfo?access_token={token}")
    check_json(answer, 400, "invalid_request")
    check_json(ask(person, method="POST", form={"access_token": token}), 400, "invalid_request")


def test_n104_a_token_of_another_issuer_is_refused(platform: Platform, person: SignIn) -> None:
    """Keys are shared by the issuers of a deployment, so `iss` is compared exactly."""
    other = new_sign_in(platform)
    check_json(person.userinfo(other.tokens()["access_token"]), 401, "invalid_token")
    check_json(person.userinfo(platform.management_token()), 401, "invalid_token")


def test_n102_no_other_kind_of_token_opens_userinfo(person: SignIn) -> None:
    tokens = person.tokens()
    request = person.request()
    for wrong in (tokens["id_token"], request, person.code()):
        check_json(person.userinfo(wrong), 401, "invalid_token")


SPOILT: dict[str, dict[str, Any]] = {
    "another iss": {"iss": "https://evil.example"},
    "no iss": {"iss": None},
    "no exp": {"exp": None},
    "exp as text": {"exp": "9999999999"},
    "no locator": {"locator": None},
    "locator as number": {"locator": 7},
    "sub of somebody else": {"sub": "0" * 16},
    "no sub": {"sub": None},
}


@pytest.mark.parametrize("changes", SPOILT.values(), ids=SPOILT)
def test_a_token_that_we_signed_for_something_else_is_refused(
    platform: Platform, person: SignIn, token: str, changes: dict[str, Any]
) -> None:
    good = unsigned(token)
    assert person.userinfo(platform.sign(good)).status == 200
    bad = {k: v for k, v in (good | changes).items() if v is not None}
    check_json(person.userinfo(platform.sign(bad)), 401, "invalid_token")


def test_answers_that_carry_personal_data_are_not_cached(person: SignIn, token: str) -> None:
    """§5.3."""
    answer = person.userinfo(token)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


def test_other_methods_are_refused_with_allow(person: SignIn) -> None:
    answer = ask(person, method="DELETE")
    check_json(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"
