"""OpenID Connect Core §2, §3.1.3.6, §5: ID tokens and userinfo."""

from typing import Any

import jwt
import pytest
from keybound.domain.application import Application
from keybound.domain.identity import Identity
from keybound.oauth import claims as claims_of

from tests.support.oauth_answers import check_json
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in
from tests.support.software_authenticator import SoftwareAuthenticator

ORIGIN = "https://app.example.com"
TRAITS = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "nick_name": "Countess",
    "primary_phone": "+44 20 7946 0018",
    "street_address": "12 St James's Square",
    "locality": "London",
    "country": "GB",
}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    person = new_sign_in(platform)
    person.change_identity(traits={**person.identity.traits, **TRAITS})
    return person


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


STANDARD = {"iss", "sub", "aud", "iat", "exp", "auth_time", "amr", "acr", "sid", "nonce"}
ALWAYS = STANDARD | {"locator"}  # sealed; for end_session


def test_2_the_id_token_has_its_claims(person: SignIn) -> None:
    tokens = person.tokens()
    found = claims(tokens["id_token"])
    assert set(found) == ALWAYS
    assert found["iss"] == person.issuer
    assert found["sub"] == person.identity.id
    assert found["aud"] == person.application.client_id
    assert found["exp"] - found["iat"] == 3600
    assert found["acr"] == "phr"
    assert found["sid"] == claims(tokens["access_token"])["sid"]
    assert jwt.get_unverified_header(tokens["id_token"])["kid"]


@pytest.mark.parametrize("nonce", ["n", "n" * 255, 'a "quoted\\ nonce"', None])
def test_t41_a_nonce_that_was_sent_is_in_the_id_token_and_no_other(
    person: SignIn, nonce: str | None
) -> None:
    """§3.1.3.7 step 11."""
    assert claims(person.tokens(nonce=nonce)["id_token"]).get("nonce") == nonce


def test_without_openid_there_is_no_id_token(platform: Platform) -> None:
    person = new_sign_in(platform, allowed_scopes=("orders",))
    assert "id_token" not in person.tokens(scope="orders")


@pytest.mark.parametrize(("synced", "amr"), [(True, "swk"), (False, "hwk")])
def test_amr_tells_a_synced_passkey_from_a_device_bound_one(
    platform: Platform, synced: bool, amr: str
) -> None:
    """RFC 8176 §2."""
    device = SoftwareAuthenticator(origin=ORIGIN, backup_eligible=synced)
    person = new_sign_in(platform, authenticator=device)
    assert claims(person.tokens()["id_token"])["amr"] == [amr, "user", "mfa"]


RELEASED: dict[str, tuple[str, set[str]]] = {
    "openid": ("openid", set()),
    "email": ("openid email", {"email", "email_verified"}),
    "profile": (
        "openid profile",
        {
            "name",
            "preferred_username",
            "updated_at",
            "given_name",
            "family_name",
            "nickname",
            "locale",
            "zoneinfo",
        },
    ),
    "phone": ("openid phone", {"phone_number", "phone_number_verified"}),
    "address": ("openid address", {"address"}),
}


def test_5_1_1_phone_and_address_come_from_traits(platform: Platform, person: SignIn) -> None:
    """An address is an object of what is known of it; a number that nobody proved is unverified."""
    info = person.userinfo(person.tokens(scope="openid phone address")["access_token"]).json()
    assert info["phone_number"] == TRAITS["primary_phone"]
    assert info["phone_number_verified"] is False
    assert info["address"] == {
        name: TRAITS[name] for name in ("street_address", "locality", "country")
    }
    nobody = new_sign_in(platform)
    tokens = nobody.tokens(scope="openid phone address")
    assert tokens["scope"] == "openid phone address"
    assert nobody.userinfo(tokens["access_token"]).json().keys() == {"sub"}


@pytest.mark.parametrize(("scope", "names"), RELEASED.values(), ids=RELEASED)
def test_5_4_a_scope_releases_its_claims_and_no_others(
    person: SignIn, scope: str, names: set[str]
) -> None:
    """§5.1: types too."""
    tokens = person.tokens(scope=scope)
    in_token = claims(tokens["id_token"])
    info = person.userinfo(tokens["access_token"]).json()
    assert set(in_token) - ALWAYS == names
    assert set(info) == names | {"sub"}
    assert {name: in_token[name] for name in names} == {name: info[name] for name in names}
    assert isinstance(info.get("updated_at", 0), int)
    assert isinstance(info.get("email_verified", False), bool)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_5_3_1_userinfo_answers_get_and_post(person: SignIn, method: str) -> None:
    token = person.tokens()["access_token"]
    answer = person.platform.call(method, f"{person.issuer}/userinfo", token=token)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("field", ["id", "username", "email"])
def test_n106_userinfo_and_id_token_name_the_same_subject(platform: Platform, field: str) -> None:
    """§5.3.2."""
    person = new_sign_in(platform, subject_field=field)
    person.change_identity(verified_email=person.identity.email)
    tokens = person.tokens()
    sub = claims(tokens["id_token"])["sub"]
    assert person.userinfo(tokens["access_token"]).json()["sub"] == sub
    assert (
        sub
        == {
            "id": person.identity.id,
            "username": person.identity.username,
            "email": person.identity.email,
        }[field]
    )


def test_n106_a_subject_that_changed_ends_its_tokens(platform: Platform) -> None:
    person = new_sign_in(platform, subject_field="username")
    token = person.tokens()["access_token"]
    person.change_identity(traits={**person.identity.traits, "username": "renamed"})
    check_json(person.userinfo(token), 401, "invalid_token")


@pytest.mark.parametrize("proven", ["", "somebody-else@example.com"])
def test_an_email_is_a_subject_only_while_it_is_verified(platform: Platform, proven: str) -> None:
    """Else whoever types an address into a profile becomes its owner at the client."""
    person = new_sign_in(platform, subject_field="email")
    person.change_identity(verified_email=proven)
    check_json(person.authenticate(person.request()), 400, "access_denied")


def test_an_email_that_changed_between_code_and_exchange_is_no_subject(
    platform: Platform,
) -> None:
    person = new_sign_in(platform, subject_field="email")
    person.change_identity(verified_email=person.identity.email)
    code = person.code()
    traits = {**person.identity.traits, "primary_email_address": "victim@example.com"}
    person.change_identity(traits=traits)
    check_json(person.redeem(code), 400, "invalid_grant")


@pytest.mark.parametrize(("proven", "verified"), [("", False), ("own", True), ("x@y.z", False)])
def test_5_1_email_verified_means_this_very_address(
    platform: Platform, proven: str, verified: bool
) -> None:
    person = new_sign_in(platform)
    email = person.identity.email if proven == "own" else proven
    person.change_identity(verified_email=email)
    tokens = person.tokens(scope="openid email")
    assert claims(tokens["id_token"])["email_verified"] is verified
    assert person.userinfo(tokens["access_token"]).json()["email_verified"] is verified


@pytest.mark.parametrize("username", ["\u00c4da", "ada\u200d", "\u540d\u524d"])
def test_2_a_subject_is_ascii_so_another_username_is_none(
    platform: Platform, username: str
) -> None:
    """§2: `sub` has at most 255 ASCII characters."""
    person = new_sign_in(platform, subject_field="username")
    person.change_identity(traits={**person.identity.traits, "username": username})
    check_json(person.authenticate(person.request()), 400, "access_denied")


def test_2_a_subject_has_at_most_255_characters(platform: Platform) -> None:
    person = new_sign_in(platform)
    application: Application = person.application
    assert claims_of.is_subject("s" * 255)
    assert not claims_of.is_subject("s" * 256)
    assert not claims_of.is_subject("")
    identity: Identity = person.identity
    assert claims_of.subject(application, identity) == identity.id
