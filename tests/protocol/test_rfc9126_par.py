"""RFC 9126: authorization requests that a client pushes, and that authorize then opens."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from functions import composition
from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.oauth_answers import added, check_back, check_json, check_page, redirected
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SignIn, new_sign_in

APP = "https://app.example.com/passkeys/bi-authenticate"
LIFETIME_S = 60
REQUEST_URI = re.compile(r"urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}\Z")


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture(autouse=True)
def present(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


def pushed(person: SignIn, **changes: str | None) -> str:
    answer = person.push(**changes)
    assert answer.status == 201, answer.text
    return str(answer.json()["request_uri"])


def request_of(answer: Answer) -> str:
    assert answer.status == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["request"][0]


def code_of(answer: Answer) -> str:
    assert answer.status == 200, answer.text
    return added(answer.json()["redirect_url"])["code"]


# --- §2: the endpoint


def test_2_2_a_request_uri_is_unguessable_short_lived_and_never_cached(person: SignIn) -> None:
    answers = [person.push() for _ in range(2)]
    for answer in answers:
        assert answer.status == 201
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json().keys() == {"request_uri", "expires_in"}
        assert answer.json()["expires_in"] == LIFETIME_S
        assert REQUEST_URI.match(answer.json()["request_uri"])
    assert answers[0].json() != answers[1].json()


def test_it_stores_one_sealed_item_under_a_hash(person: SignIn) -> None:
    with count_aws_calls() as calls:
        uri = pushed(person, state="st-visible", login_hint="ada-visible")
    (put,) = [call for call in calls if call.operation == "PutItem"]
    for secret in (uri.rpartition(":")[2], "st-visible", "ada-visible", "s3cret"):
        assert secret not in str(put.params["Item"])
    assert put.params["TableName"] == composition.settings().grants_table
    assert put.params["ConditionExpression"] == "attribute_not_exists(pk)"


REFUSED: dict[str, tuple[dict[str, str | None], int, str]] = {
    "N45 request_uri": (
        {"request_uri": "urn:ietf:params:oauth:request_uri:" + "A" * 43},
        400,
        "invalid_request",
    ),
    "N46 no client authentication": ({"client_secret": None}, 401, "invalid_client"),
    "N46 wrong secret": ({"client_secret": "wrong"}, 401, "invalid_client"),
    "N46 another client": ({"client_id": "client-x"}, 401, "invalid_client"),
    "N47 unregistered redirect_uri": (
        {"redirect_uri": "https://evil.example/"},
        400,
        "invalid_request",
    ),
    "N47 no redirect_uri": ({"redirect_uri": None}, 400, "invalid_request"),
    "N47 response_type": ({"response_type": "token"}, 400, "unsupported_response_type"),
    "N47 plain": ({"code_challenge_method": "plain"}, 400, "invalid_request"),
    "N47 scope": ({"scope": "openid admin"}, 400, "invalid_scope"),
    "N47 response_mode": ({"response_mode": "fragment"}, 400, "invalid_request"),
    "N47 id_token_hint": ({"id_token_hint": "garbage"}, 400, "invalid_request"),
    "N47 request": ({"request": "e30.e30."}, 400, "request_not_supported"),
    "N94 resource": ({"resource": "https://evil.example/"}, 400, "invalid_target"),
    "N48 state over its limit": ({"state": "s" * 1025}, 400, "invalid_request"),
    "N48 too much of it": ({"prompt": "login " * 4000 + "login"}, 400, "invalid_request"),
}


@pytest.mark.parametrize(("changes", "status", "error"), REFUSED.values(), ids=REFUSED)
def test_2_3_what_authorize_would_refuse_is_refused_now_and_not_stored(
    person: SignIn, changes: dict[str, str | None], status: int, error: str
) -> None:
    with count_aws_calls() as calls:
        answer = person.push(**changes)
    check_json(answer, status, error)
    assert "location" not in answer.headers
    assert [call for call in calls if call.operation == "PutItem"] == []


def test_n13_a_repeated_parameter_is_refused(person: SignIn) -> None:
    check_json(person.push(("scope", "openid")), 400, "invalid_request")


def test_n44_only_post_and_only_a_form(person: SignIn) -> None:
    url = f"{person.issuer}/par"
    answer = person.platform.call("GET", url)
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    check_json(person.platform.call("POST", url, json={}), 400, "invalid_request")
    check_json(person.platform.call("POST", f"{url}?client_id=x", form={}), 400, "invalid_request")


def test_n48_a_body_over_the_limit_is_413(person: SignIn) -> None:
    check_json(person.push(x="x" * 300_000), 413, "payload_too_large")


def test_a_public_client_cannot_push_since_anybody_could_fill_the_table(
    platform: Platform,
) -> None:
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="")
    check_json(public.push(), 400, "unauthorized_client")


def test_an_unknown_issuer_is_not_found(person: SignIn) -> None:
    url = f"{person.issuer[:-12]}000000000000/par"
    assert person.platform.call("POST", url, form=person.parameters()).status == 404


# --- §4: the authorization request


def test_4_a_pushed_request_signs_in(person: SignIn) -> None:
    """T41: also the nonce goes through."""
    request = request_of(person.authorize_pushed(pushed(person, nonce="n-pushed", state="st-2")))
    answer = person.authenticate(request)
    found = added(answer.json()["redirect_url"])
    assert found.keys() == {"code", "state", "iss"}
    assert found["state"] == "st-2"
    tokens = person.redeem(found["code"]).json()
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert claims["nonce"] == "n-pushed"


def test_4_what_stands_beside_the_request_uri_is_ignored(person: SignIn) -> None:
    """RFC 9101 §5: nobody in between changes or adds anything."""
    uri = pushed(person)
    answer = person.authorize_pushed(
        uri, redirect_uri="https://evil.example/", scope="admin", state="other", prompt="none"
    )
    found = added(person.authenticate(request_of(answer)).json()["redirect_url"])
    assert found["state"] == "st-1"


def test_authorize_reads_once_and_writes_nothing(person: SignIn) -> None:
    uri = pushed(person)
    with count_aws_calls() as calls:
        assert person.authorize_pushed(uri).status == 302
    grants = composition.settings().grants_table
    (read,) = [call for call in calls if call.params.get("TableName") == grants]
    assert (read.operation, read.params["ConsistentRead"]) == ("GetItem", True)
    assert {call.operation for call in calls} <= {"GetItem", "BatchGetItem", "Query", "Decrypt"}


def test_7_3_a_reload_is_served_and_only_one_code_comes_of_it(person: SignIn) -> None:
    """Used twice: the second sign-in with the same request_uri gets nothing."""
    uri = pushed(person)
    first, second = (request_of(person.authorize_pushed(uri)) for _ in range(2))
    code = code_of(person.authenticate(first))
    check_json(person.authenticate(second), 400, "invalid_request")
    check_page(person.authorize_pushed(uri))
    assert person.redeem(code).status == 200


def test_4_two_sign_ins_at_once_with_one_request_uri_give_one_code(person: SignIn) -> None:
    uri = pushed(person)
    requests = [request_of(person.authorize_pushed(uri)) for _ in range(4)]
    assertions = [person.assertion(request) for request in requests]
    answers = at_once(4, lambda n: person.authenticate(requests[n], assertions[n]))
    statuses = sorted(answer.status for answer in answers if isinstance(answer, Answer))
    assert statuses == [200, 400, 400, 400]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_when_the_consuming_write_fails_there_is_no_code_and_no_500(
    person: SignIn, moment: Moment
) -> None:
    request = request_of(person.authorize_pushed(pushed(person)))
    assertion = person.assertion(request)
    with fail_aws_call("UpdateItem", moment, times=9) as failed:
        answer = person.authenticate(request, assertion)
    assert failed
    assert answer.status == 503
    assert "code" not in answer.json()


def test_when_the_table_fails_authorize_and_par_say_503(person: SignIn) -> None:
    uri = pushed(person)
    with fail_aws_call("GetItem", "before", times=9):
        assert person.authorize_pushed(uri).status == 503
    with fail_aws_call("PutItem", "before", times=9):
        check_json(person.push(), 503, "temporarily_unavailable")


def test_a_cancelled_sign_in_uses_nothing_up(person: SignIn) -> None:
    uri = pushed(person)
    body = {"request": request_of(person.authorize_pushed(uri)), "error": "access_denied"}
    answer = person.platform.call("POST", f"{person.issuer}/authenticate", json=body)
    assert added(answer.json()["redirect_url"])["error"] == "access_denied"
    code_of(person.authenticate(request_of(person.authorize_pushed(uri))))


def test_n43_after_its_time_it_is_worth_nothing_to_the_second(
    platform: Platform, person: SignIn
) -> None:
    uri = pushed(person)
    platform.clock.advance(LIFETIME_S - 1)
    request = request_of(person.authorize_pushed(uri))
    platform.clock.advance(1)
    check_page(person.authorize_pushed(uri))
    code_of(person.authenticate(request))  # begun in time


def test_n43_another_clients_or_an_unknown_request_uri_is_shown_on_a_page(
    person: SignIn, stranger: SignIn
) -> None:
    uri = pushed(person)
    check_page(stranger.authorize_pushed(uri))
    own = person.application.client_id
    check_page(stranger.authorize_pushed(uri, client_id=own))
    check_page(person.authorize_pushed(uri, client_id=stranger.application.client_id))
    check_page(person.authorize_pushed(uri, client_id=""))
    for spoilt in (uri[:-1], uri + "A", uri[:-1] + "!", uri + "/" * 1000, uri[:34], uri.upper()):
        answer = person.authorize_pushed(spoilt)
        assert answer.status in (302, 400)
        assert "request=" not in answer.headers.get("location", "")
    code_of(person.authenticate(request_of(person.authorize_pushed(uri))))


def test_n43_it_says_so_in_json_to_a_program(person: SignIn) -> None:
    url = f"{person.issuer}/authorize?client_id={person.application.client_id}&request_uri="
    answer = person.platform.call(
        "GET",
        f"{url}urn:ietf:params:oauth:request_uri:{'A' * 43}",
        headers={"accept": "application/json"},
    )
    check_json(answer, 400, "invalid_request_uri")


def test_t22_a_request_is_judged_again_against_the_application_as_it_is_now(
    platform: Platform,
) -> None:
    person = new_sign_in(platform)
    uri = pushed(person)
    person.change_application(redirect_uris=("https://app.example.com/other",))
    check_page(person.authorize_pushed(uri))
    person.change_application(redirect_uris=new_sign_in(platform).application.redirect_uris)
    person.change_application(pkce="s256")
    assert "request" in redirected(person.authorize_pushed(uri), APP)


# --- §5: requests that must be pushed


def test_n42_an_application_that_requires_it_refuses_a_plain_request(platform: Platform) -> None:
    person = new_sign_in(platform, require_pushed_authorization_requests=True)
    check_back(person.authorize(), "invalid_request", issuer=person.issuer)
    check_page(person.authorize(redirect_uri="https://evil.example/"))
    code_of(person.authenticate(request_of(person.authorize_pushed(pushed(person)))))


def test_n42_a_plain_request_that_was_begun_before_is_refused_too(platform: Platform) -> None:
    person = new_sign_in(platform)
    request = person.request()
    person.change_application(require_pushed_authorization_requests=True)
    check_json(person.authenticate(request), 400, "invalid_request")


def test_5_the_metadata_says_where_and_whether(platform: Platform, person: SignIn) -> None:
    def read(one: SignIn) -> dict[str, Any]:
        url = f"{one.issuer}/.well-known/openid-configuration"
        found: dict[str, Any] = platform.call("GET", url).json()
        return found

    assert read(person)["pushed_authorization_request_endpoint"] == f"{person.issuer}/par"
    assert read(person)["require_pushed_authorization_requests"] is False
    strict = new_sign_in(platform, require_pushed_authorization_requests=True)
    assert read(strict)["require_pushed_authorization_requests"] is True
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="")
    assert not [name for name in read(public) if "pushed" in name]
