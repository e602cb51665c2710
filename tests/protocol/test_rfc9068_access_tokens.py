"""RFC 9068: the access tokens that we issue."""

from typing import Any

import jwt
import pytest

from tests.support.platform import Platform
from tests.support.sign_in import SECRET, SignIn, new_resource_server, new_sign_in

API = "https://orders.example.com"
GRANTS = ("authorization_code", "client_credentials")
REQUIRED = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}
PERSONAL = ("Ada", "ada-", "@", "Lovelace")


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    server = new_resource_server(platform, API, "orders")
    return new_sign_in(
        platform, grant_types=GRANTS, allowed_scopes=("orders",), resource_server_id=server.id
    )


def of_a_person(person: SignIn, scope: str = "openid profile email") -> str:
    return str(person.tokens(scope=scope)["access_token"])


def of_the_client(person: SignIn) -> str:
    form = {"grant_type": "client_credentials", "client_id": person.application.client_id}
    return str(person.token({**form, "client_secret": SECRET}).json()["access_token"])


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_2_1_the_header_says_at_jwt_and_is_signed(person: SignIn) -> None:
    for token in (of_a_person(person), of_the_client(person)):
        header = jwt.get_unverified_header(token)
        assert header["typ"] == "at+jwt"
        assert header["alg"] == "RS256"
        assert header["kid"]


def test_2_2_the_required_claims_are_there(person: SignIn) -> None:
    """§2.2, §2.2.1, with tenant and realm under their plain names."""
    mine, clients = claims(of_a_person(person)), claims(of_the_client(person))
    optional = {"scope", "tenant_id", "realm_id"}
    assert set(clients) == REQUIRED | optional
    assert set(mine) == REQUIRED | optional | {"auth_time", "sid", "locator"}
    assert mine["sub"] == person.identity.id
    assert clients["sub"] == clients["client_id"] == person.application.client_id
    for found in (mine, clients):
        assert found["iss"] == person.issuer
        assert found["exp"] - found["iat"] == person.application.expires_after
        assert (found["tenant_id"], found["realm_id"]) == (
            person.application.tenant_id,
            person.application.realm_id,
        )


def test_2_2_jti_and_sid_are_never_repeated(person: SignIn) -> None:
    found = [claims(of_a_person(person)) for _ in range(3)]
    found.append(claims(of_the_client(person)))
    assert len({c["jti"] for c in found}) == 4
    assert len({c["sid"] for c in found[:3]}) == 3


@pytest.mark.parametrize(
    ("scope", "api"),
    [
        ("openid", False),
        ("openid profile email", False),
        ("openid orders", True),
        ("orders", True),
    ],
)
def test_3_the_audience_follows_the_scopes(person: SignIn, scope: str, api: bool) -> None:
    """Every scope belongs to the audience; identity scopes alone are for this issuer only."""
    assert claims(of_a_person(person, scope))["aud"] == (API if api else person.issuer)


def test_3_a_resource_server_that_is_gone_is_no_audience(platform: Platform) -> None:
    person = new_sign_in(
        platform,
        allowed_scopes=("orders",),
        resource_server_id="00000000-0000-4000-8000-000000000000",
    )
    code = person.code(scope="orders")
    assert person.redeem(code).status == 503


def test_6_the_readable_token_holds_no_personal_data(person: SignIn) -> None:
    for token in (of_a_person(person), of_the_client(person)):
        text = str(claims(token))
        assert not [word for word in PERSONAL if word in text]


def test_the_lifetime_is_the_applications(platform: Platform) -> None:
    person = new_sign_in(platform, expires_after=61)
    tokens = person.tokens()
    found = claims(tokens["access_token"])
    assert found["exp"] - found["iat"] == tokens["expires_in"] == 61
