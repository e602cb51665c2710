"""OpenID Connect RP-Initiated Logout 1.0: a sign-in ends, and nobody is led anywhere else."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from tests.support.aws_calls import count_aws_calls
from tests.support.oauth_answers import added, check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
AFTER = "https://app.example.com/signed-out?from=keybound"
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(
        platform,
        grant_types=GRANTS,
        allowed_scopes=("orders",),
        post_logout_redirect_uris=(AFTER,),
    )


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> SignIn:
    return new_sign_in(platform, post_logout_redirect_uris=("https://evil.example/",))


@pytest.fixture(autouse=True)
def present(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


def check_shown(answer: Answer, status: int, heading: str) -> None:
    """A page: framed by nobody, cached nowhere, leading nowhere."""
    assert answer.status == status, answer.text
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert f"<h1>{heading}</h1>" in answer.text
    assert "href" not in answer.text
    assert "http" not in answer.text


def signed_out(answer: Answer) -> None:
    check_shown(answer, 200, "You are signed out")


def nothing_ended(answer: Answer) -> None:
    check_shown(answer, 200, "Nothing was signed out")


def not_valid(answer: Answer) -> None:
    check_shown(answer, 400, "This sign-out request is not valid")


def is_over(person: SignIn, tokens: dict[str, Any]) -> None:
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")
    assert person.introspect(tokens["access_token"]).json() == {"active": False}


def goes_on(person: SignIn, tokens: dict[str, Any]) -> None:
    assert person.userinfo(tokens["access_token"]).status == 200
    assert person.introspect(tokens["access_token"]).json()["active"] is True


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_t34_the_login_that_the_hint_names_is_over_and_no_other(
    person: SignIn, method: str
) -> None:
    tokens, other = person.tokens(), person.tokens()
    signed_out(person.end_session(method=method, id_token_hint=tokens["id_token"]))
    is_over(person, tokens)
    goes_on(person, other)


def test_n82_t34_after_a_refresh_the_new_id_token_names_the_same_login(person: SignIn) -> None:
    tokens = person.tokens(scope="openid offline_access")
    refreshed = person.refresh(tokens["refresh_token"]).json()
    signed_out(person.end_session(id_token_hint=refreshed["id_token"]))
    is_over(person, refreshed)


def test_the_first_id_token_ends_what_was_refreshed_since(person: SignIn) -> None:
    tokens = person.tokens()
    refreshed = person.refresh(tokens["refresh_token"]).json()
    signed_out(person.end_session(id_token_hint=tokens["id_token"]))
    is_over(person, refreshed)


def test_n170_an_expired_id_token_is_a_good_hint(platform: Platform, person: SignIn) -> None:
    """§2: the session may well outlive the ID token."""
    tokens = person.tokens()
    platform.clock.advance(2 * 3600)
    signed_out(person.end_session(id_token_hint=tokens["id_token"]))
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")


def test_twice_is_as_good_as_once(person: SignIn) -> None:
    hint = person.tokens()["id_token"]
    for _ in range(2):
        signed_out(person.end_session(id_token_hint=hint))


def test_3_a_registered_address_is_gone_to_with_the_state(person: SignIn) -> None:
    for state in ({}, {"state": "st & 1"}):
        hint = person.tokens()["id_token"]
        answer = person.end_session(id_token_hint=hint, post_logout_redirect_uri=AFTER, **state)
        assert answer.status == 302
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        if state:
            assert added(answer.headers["location"], AFTER) == state
        else:
            assert answer.headers["location"] == AFTER


UNREGISTERED = [
    AFTER + "&x=1",
    AFTER + "#x",
    AFTER.upper(),
    AFTER.partition("?")[0],
    "https://app.example.com/callback?tab=1",
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "https://app.example.com@evil.example/signed-out?from=keybound",
    "https://app.example.com/signed-out/../x?from=keybound",
    " " + AFTER,
]


@pytest.mark.parametrize("uri", UNREGISTERED)
def test_n169_n36_any_other_address_is_not_and_the_login_ends_all_the_same(
    person: SignIn, uri: str
) -> None:
    """§4: the person wanted to sign out."""
    tokens = person.tokens()
    signed_out(person.end_session(id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri))
    is_over(person, tokens)


@pytest.mark.parametrize("state", ["s" * 1025, "s\n", "\u00e9"])
def test_a_state_that_no_address_should_carry_leads_to_the_page(person: SignIn, state: str) -> None:
    hint = person.tokens()["id_token"]
    signed_out(person.end_session(id_token_hint=hint, post_logout_redirect_uri=AFTER, state=state))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("more", [{}, {"post_logout_redirect_uri": AFTER, "state": "s"}])
def test_n169_n171_without_a_hint_nothing_is_ended_and_nobody_is_redirected(
    person: SignIn, method: str, more: dict[str, str]
) -> None:
    own = {"client_id": person.application.client_id, "logout_hint": person.identity.username}
    for said in ({}, own, {"ui_locales": "fr"}, {"id_token_hint": ""}):
        with count_aws_calls() as calls:
            nothing_ended(person.end_session(method=method, **more, **said))
        assert not WRITES & {call.operation for call in calls}


def test_the_client_id_must_be_the_hints(person: SignIn, stranger: SignIn) -> None:
    tokens = person.tokens()
    foreign = stranger.application.client_id
    not_valid(person.end_session(id_token_hint=tokens["id_token"], client_id=foreign))
    not_valid(person.end_session(client_id=foreign))
    goes_on(person, tokens)
    own = person.application.client_id
    signed_out(person.end_session(id_token_hint=tokens["id_token"], client_id=own))


def test_n170_t38_what_is_no_id_token_of_this_issuer_ends_nothing(
    platform: Platform, person: SignIn, stranger: SignIn
) -> None:
    tokens = person.tokens()
    good = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    access = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    head, body, _ = tokens["id_token"].split(".")
    none = jwt.encode(good, key="", algorithm="none")
    forged = {
        "garbage": "garbage",
        "alg none": none,
        "no signature": f"{head}.{body}.",
        "HS256": jwt.encode(good, key="k" * 32, algorithm="HS256", headers={"typ": "JWT"}),
        "an access token": tokens["access_token"],
        "a refresh token": tokens["refresh_token"],
        "another issuer": platform.sign(good | {"iss": stranger.issuer}, typ="JWT"),
        "another audience": platform.sign(good | {"aud": "another"}, typ="JWT"),
        "no locator": platform.sign({k: v for k, v in good.items() if k != "locator"}, typ="JWT"),
        "an access token's locator": platform.sign(
            good | {"locator": access["locator"]}, typ="JWT"
        ),
        "a locator of another kind": platform.sign(good | {"locator": 7}, typ="JWT"),
    }
    for name, hint in forged.items():
        for uri in ({}, {"post_logout_redirect_uri": AFTER}):
            not_valid(person.end_session(id_token_hint=hint, **uri)), name
    not_valid(stranger.end_session(id_token_hint=tokens["id_token"]))
    goes_on(person, tokens)


def test_another_sid_than_the_logins_ends_nothing(platform: Platform, person: SignIn) -> None:
    tokens = person.tokens()
    good = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    person.end_session(id_token_hint=platform.sign(good | {"sid": "another"}, typ="JWT"))
    goes_on(person, tokens)


def test_n13_a_repeated_parameter_ends_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    url = f"{person.issuer}/end_session?id_token_hint={tokens['id_token']}"
    not_valid(person.platform.call("GET", f"{url}&id_token_hint={tokens['id_token']}"))
    not_valid(person.platform.call("GET", f"{url}&state=a&state=b"))
    goes_on(person, tokens)
    signed_out(person.platform.call("GET", f"{url}&unknown=a&unknown=b"))


def test_head_asks_and_ends_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    answer = person.end_session(method="HEAD", id_token_hint=tokens["id_token"])
    assert (answer.status, answer.body) == (200, b"")
    goes_on(person, tokens)


def test_other_methods_and_bodies_are_refused(person: SignIn) -> None:
    url = f"{person.issuer}/end_session"
    answer = person.platform.call("DELETE", url)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    not_valid(person.platform.call("POST", url, json={}))
    unknown = person.platform.call("GET", f"{person.issuer[:-12]}000000000000/end_session")
    check_shown(unknown, 404, "This sign-out request is not valid")


def test_n82_a_refresh_ends_with_its_login_and_a_new_sign_in_is_good(person: SignIn) -> None:
    tokens = person.tokens()
    signed_out(person.end_session(id_token_hint=tokens["id_token"]))
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert person.userinfo(person.tokens()["access_token"]).status == 200


def test_one_write_ends_it(person: SignIn) -> None:
    hint = person.tokens()["id_token"]
    with count_aws_calls() as calls:
        signed_out(person.end_session(id_token_hint=hint))
    (write,) = [call for call in calls if call.operation in WRITES]
    assert write.operation == "UpdateItem"
    for part in ("client_id = :client", "sid = :sid", "revoked_at = :zero"):
        assert part in write.params["ConditionExpression"]


def test_2_1_the_metadata_announces_it(person: SignIn) -> None:
    url = f"{person.issuer}/.well-known/openid-configuration"
    announced = person.platform.call("GET", url).json()["end_session_endpoint"]
    assert announced == f"{person.issuer}/end_session"
