"""RFC 8707: which of its resources a client wants a token for."""

from typing import Any

import jwt
import pytest

from tests.support.oauth_answers import check_back, check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_resource_server, new_sign_in

API = "https://api.example.com/orders"
GRANTS = ("authorization_code", "refresh_token", "client_credentials")


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    server = new_resource_server(platform, API, "orders", "returns")
    return new_sign_in(
        platform,
        grant_types=GRANTS,
        allowed_scopes=("orders", "returns"),
        resource_server_id=server.id,
    )


def claims(tokens: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return found


def good(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


def own_credentials(person: SignIn, *resources: str, **more: str) -> Answer:
    form = {
        "grant_type": "client_credentials",
        "client_id": person.application.client_id,
        "client_secret": SECRET,
        **more,
    }
    pairs = [*form.items(), *(("resource", one) for one in resources)]
    return person.platform.call("POST", f"{person.issuer}/token", form=pairs)


# --- §2.1: at the authorization endpoint


def test_a_resource_named_at_sign_in_becomes_the_audience(person: SignIn) -> None:
    """Also for a scope that would make the issuer the audience by itself."""
    assert claims(person.tokens(resource=API))["aud"] == API
    assert claims(person.tokens(resource=API, scope="openid orders"))["aud"] == API
    assert claims(person.tokens(scope="openid orders"))["aud"] == API
    assert claims(person.tokens())["aud"] == person.issuer


def test_the_issuer_alone_gets_no_scope_of_the_resource_server(person: SignIn) -> None:
    tokens = person.tokens(resource=person.issuer, scope="openid email orders")
    assert claims(tokens)["aud"] == person.issuer
    assert claims(tokens)["scope"] == tokens["scope"] == "openid email"
    assert person.userinfo(tokens["access_token"]).status == 200


def test_2_several_may_be_named_by_repeating_the_parameter(person: SignIn) -> None:
    pairs = [*person.parameters(scope="openid orders").items()]
    pairs += [("resource", API), ("resource", person.issuer), ("resource", API)]
    answer = person.platform.call("POST", f"{person.issuer}/authorize", form=pairs)
    request = answer.headers["location"].partition("request=")[2]
    code = person.authenticate(request).json()["redirect_url"].partition("code=")[2]
    tokens = good(person.redeem(code.partition("&")[0]))
    assert claims(tokens)["aud"] == [API, person.issuer]
    assert person.userinfo(tokens["access_token"]).status == 200
    assert person.introspect(tokens["access_token"]).json()["active"] is True


BAD = [
    "orders",
    "/orders",
    "//api.example.com/orders",
    API + "#x",
    API + "/",
    API.upper(),
    API + "?x=1",
    "https://other.example/",
    "urn:example:api",
    " " + API,
]


@pytest.mark.parametrize("resource", BAD)
def test_n94_any_other_resource_is_an_invalid_target_everywhere(
    person: SignIn, resource: str
) -> None:
    check_back(person.authorize(resource=resource), "invalid_target", issuer=person.issuer)
    check_json(person.push(resource=resource), 400, "invalid_target")
    check_json(own_credentials(person, resource), 400, "invalid_target")
    tokens = person.tokens()
    check_json(person.refresh(tokens["refresh_token"], resource=resource), 400, "invalid_target")
    code = person.code()
    check_json(person.redeem(code, resource=resource), 400, "invalid_target")
    good(person.redeem(code))
    good(person.refresh(tokens["refresh_token"]))


def test_one_bad_resource_among_good_ones_refuses_all(person: SignIn) -> None:
    check_json(own_credentials(person, API, "https://other.example/"), 400, "invalid_target")


def test_an_empty_resource_counts_as_none(person: SignIn) -> None:
    assert claims(person.tokens(resource="", scope="openid orders"))["aud"] == API


def test_an_application_without_a_resource_server_has_the_issuer_only(
    platform: Platform,
) -> None:
    plain = new_sign_in(platform)
    assert claims(plain.tokens(resource=plain.issuer))["aud"] == plain.issuer
    check_back(plain.authorize(resource=API), "invalid_target", issuer=plain.issuer)
    assert claims(plain.tokens())["aud"] == plain.issuer


# --- §2.2: at the token endpoint


def test_t66_a_token_request_may_name_a_part_and_never_more(person: SignIn) -> None:
    code = person.code(resource=API, scope="openid orders")
    check_json(person.redeem(code, resource=person.issuer), 400, "invalid_target")
    tokens = good(person.redeem(code, resource=API))
    assert claims(tokens)["aud"] == API
    token = tokens["refresh_token"]
    check_json(person.refresh(token, resource=person.issuer), 400, "invalid_target")
    assert claims(good(person.refresh(token)))["aud"] == API


def test_what_was_not_named_at_sign_in_may_be_named_later(person: SignIn) -> None:
    code = person.code(scope="openid orders")
    tokens = good(person.redeem(code, resource=person.issuer))
    assert (claims(tokens)["aud"], tokens["scope"]) == (person.issuer, "openid")
    refreshed = good(person.refresh(tokens["refresh_token"], resource=API))
    assert (claims(refreshed)["aud"], refreshed["scope"]) == (API, "openid orders")


def test_naming_one_at_the_exchange_narrows_that_token_only(person: SignIn) -> None:
    """§2.2: the refresh token keeps what was granted."""
    tokens = good(person.redeem(person.code(scope="openid orders"), resource=person.issuer))
    assert claims(good(person.refresh(tokens["refresh_token"])))["aud"] == API


def test_a_resource_that_no_granted_scope_belongs_to_is_refused_and_costs_nothing(
    person: SignIn,
) -> None:
    code = person.code(scope="orders")
    check_json(person.redeem(code, resource=person.issuer), 400, "invalid_target")
    tokens = good(person.redeem(code))
    answer = person.refresh(tokens["refresh_token"], resource=person.issuer)
    check_json(answer, 400, "invalid_target")
    good(person.refresh(tokens["refresh_token"]))


def test_a_repeated_refresh_must_name_the_same(person: SignIn) -> None:
    """In the grace the answer is given again only to the same request."""
    token = person.tokens(scope="openid orders")["refresh_token"]
    first = good(person.refresh(token, resource=API))
    again = good(person.refresh(token, resource=API))
    assert first["refresh_token"] == again["refresh_token"]
    assert claims(first)["jti"] == claims(again)["jti"]
    check_json(person.refresh(token), 400, "invalid_request")
    check_json(person.refresh(token, resource=person.issuer), 400, "invalid_request")


def test_client_credentials_take_it_too(person: SignIn) -> None:
    assert claims(good(own_credentials(person, API)))["aud"] == API
    both = claims(good(own_credentials(person, API, person.issuer)))
    assert both["aud"] == [API, person.issuer]
    check_json(own_credentials(person, person.issuer), 400, "invalid_target")


def test_a_resource_that_was_taken_from_the_application_is_no_target_any_more(
    platform: Platform,
) -> None:
    server = new_resource_server(platform, "https://gone.example/", "orders")
    person = new_sign_in(
        platform,
        grant_types=GRANTS,
        allowed_scopes=("orders",),
        resource_server_id=server.id,
    )
    code = person.code(resource="https://gone.example/", scope="openid")
    token = person.tokens(resource="https://gone.example/", scope="openid")["refresh_token"]
    person.change_application(resource_server_id=None, allowed_scopes=())
    check_json(person.redeem(code), 400, "invalid_target")
    check_json(person.refresh(token), 400, "invalid_target")
