"""RFC 6749 §6 and RFC 9700 §4.14.2: refresh tokens, who may use them, and once."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from keybound.domain.encoding import from_b64url
from keybound.storage import keys

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SignIn, new_resource_server, new_sign_in
from tests.support.table_state import logins

GRANTS = ("authorization_code", "refresh_token")
ALL_GRANTS = (*GRANTS, "client_credentials")
PAST_GRACE_S = 30
DAY_S = 24 * 3600


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=ALL_GRANTS, allowed_scopes=("orders", "refunds"))


@pytest.fixture
def later(platform: Platform) -> Iterator[Callable[[int], None]]:
    yield platform.clock.advance
    platform.clock.reset()
    forget_rooms()  # they may have read something "later", and would keep it until then


def refused(answer: Answer, error: str = "invalid_grant") -> None:
    check_json(answer, 400, error)


def refreshed(person: SignIn, token: str, **changes: str | None) -> dict[str, Any]:
    answer = person.refresh(token, **changes)
    assert answer.status == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


def claims(token: str) -> dict[str, Any]:
    """Claims of a token whose signature other tests judge."""
    found: dict[str, Any] = json.loads(from_b64url(token.split(".")[1]))
    return found


# --- The answer


def test_6_a_refresh_gives_new_tokens_of_the_same_login(person: SignIn, later: Any) -> None:
    first = person.tokens(scope="openid orders")
    later(100)
    answer = person.refresh(first["refresh_token"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    second = answer.json()
    assert set(second) == {
        *("access_token", "id_token", "token_type", "expires_in", "scope", "refresh_token")
    }
    assert (second["token_type"], second["scope"]) == ("Bearer", "openid orders")
    assert second["expires_in"] == person.application.expires_after
    assert second["refresh_token"] != first["refresh_token"]
    old, new = claims(first["access_token"]), claims(second["access_token"])
    for name in ("iss", "sub", "aud", "client_id", "scope", "sid", "auth_time", "tenant_id"):
        assert new[name] == old[name]
    assert new["jti"] != old["jti"]
    assert new["iat"] >= old["iat"] + 100
    assert new["exp"] - new["iat"] == person.application.expires_after
    assert person.userinfo(second["access_token"]).json() == {"sub": person.identity.id}


def test_core_12_2_the_id_token_of_a_refresh(person: SignIn, later: Any) -> None:
    """Same `iss`, `sub`, `auth_time`; `aud` has the client; new `iat`; no `nonce`."""
    first = person.tokens()
    later(100)
    old, new = (
        claims(first["id_token"]),
        claims(refreshed(person, first["refresh_token"])["id_token"]),
    )
    assert old["nonce"] == "n-1"
    assert "nonce" not in new
    for name in ("iss", "sub", "aud", "auth_time", "sid", "amr", "acr"):
        assert new[name] == old[name]
    assert new["iat"] >= old["iat"] + 100


def test_both_tokens_of_a_refresh_are_signed(person: SignIn) -> None:
    tokens = refreshed(person, person.tokens()["refresh_token"])
    keyset = person.platform.call("GET", f"{person.issuer}/.well-known/jwks.json").json()
    keys_by_id = {key["kid"]: jwt.PyJWK(key) for key in keyset["keys"]}
    for name, audience in (
        ("access_token", person.issuer),
        ("id_token", person.application.client_id),
    ):
        key = keys_by_id[jwt.get_unverified_header(tokens[name])["kid"]]
        assert jwt.decode(tokens[name], key, ["RS256"], audience=audience, issuer=person.issuer)


def test_a_family_goes_on_and_on(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    seen = {token}
    for _ in range(5):
        token = refreshed(person, token)["refresh_token"]
        seen.add(token)
    assert len(seen) == 6


def test_without_openid_there_is_no_id_token(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))
    server = new_resource_server(platform, "https://orders.example.com", "orders")
    person.change_application(resource_server_id=server.id)
    tokens = refreshed(person, person.tokens(scope="orders")["refresh_token"])
    assert "id_token" not in tokens
    assert claims(tokens["access_token"])["aud"] == server.identifier


# --- Who gets one


def test_only_an_application_with_the_grant_gets_refresh_tokens(platform: Platform) -> None:
    person = new_sign_in(platform)
    tokens = person.tokens()
    assert "refresh_token" not in tokens
    refused(person.refresh(tokens["access_token"]), "unauthorized_client")


def test_n86_client_credentials_never_gets_one(person: SignIn) -> None:
    """RFC 6749 §4.4.3."""
    client = {"client_id": person.application.client_id, "client_secret": person.secret}
    answer = person.token({"grant_type": "client_credentials", **client})
    assert (answer.status, "refresh_token" in answer.json()) == (200, False)
    refused(
        person.token({"grant_type": "client_credentials", "scope": "offline_access", **client}),
        "invalid_scope",
    )


def test_offline_access_is_a_scope_exactly_where_there_are_refresh_tokens(
    platform: Platform, person: SignIn
) -> None:
    """OpenID Connect Core §11."""
    tokens = person.tokens(scope="openid offline_access")
    assert tokens["scope"] == "openid offline_access"
    assert claims(tokens["access_token"])["aud"] == person.issuer, "no resource server's scope"
    assert refreshed(person, tokens["refresh_token"])["scope"] == "openid offline_access"
    other = new_sign_in(platform)
    assert (
        "error=invalid_scope" in other.authorize(scope="openid offline_access").headers["location"]
    )


def test_the_table_holds_no_refresh_token(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    first = person.tokens()["refresh_token"]
    second = refreshed(person, first)["refresh_token"]
    text = str(logins())
    for token in (first, second):
        _, _, secret = token.partition(".")
        assert len(from_b64url(secret)) == 48
        assert secret not in text


# --- Client (N78, T65)


def test_n78_another_clients_refresh_token_is_refused_and_stays_good(platform: Platform) -> None:
    owner, other = (new_sign_in(platform, grant_types=GRANTS) for _ in range(2))
    token = owner.tokens()["refresh_token"]
    refused(other.refresh(token))
    stolen = owner.refresh(token, client_id=other.application.client_id, client_secret=other.secret)
    check_json(stolen, 401, "invalid_client")
    assert owner.refresh(token).status == 200


def test_n78_a_client_that_took_another_ones_id_is_refused_by_the_table_too(
    platform: Platform,
) -> None:
    """The token opens under its issuer; the stored login still names its first client."""
    person = new_sign_in(platform, grant_types=GRANTS)
    token = person.tokens()["refresh_token"]
    mine = person.application.client_id
    person.change_application(client_id="another-client")
    refused(person.refresh(token))
    person.change_application(client_id=mine)
    assert person.refresh(token).status == 200


AUTHENTICATION: dict[str, dict[str, str | None]] = {
    "none at all": {"client_id": None, "client_secret": None},
    "public id of a confidential client": {"client_secret": None},
    "empty secret": {"client_secret": ""},
    "wrong secret": {"client_secret": "wrong"},
}


@pytest.mark.parametrize("changes", AUTHENTICATION.values(), ids=AUTHENTICATION)
def test_t65_a_refresh_needs_the_clients_authentication(
    person: SignIn, changes: dict[str, str | None]
) -> None:
    token = person.tokens()["refresh_token"]
    before = logins()
    check_json(person.refresh(token, **changes), 401, "invalid_client")
    assert logins() == before
    assert person.refresh(token).status == 200


def test_t65_the_right_secret_of_another_client_is_refused(platform: Platform) -> None:
    from dataclasses import replace

    from keybound.domain.secrets import hash_secret

    owner = new_sign_in(platform, grant_types=GRANTS)
    other = new_sign_in(platform, grant_types=GRANTS, client_secret_hash=hash_secret("o" * 43))
    other = replace(other, secret="o" * 43)
    token = owner.tokens()["refresh_token"]
    check_json(owner.refresh(token, client_secret=other.secret), 401, "invalid_client")


def test_rfc9700_2_2_2_a_public_client_rotates_the_same_way(platform: Platform, later: Any) -> None:
    person = new_sign_in(
        platform, grant_types=GRANTS, confidentiality="public", client_secret_hash=""
    )
    first = person.tokens()["refresh_token"]
    second = refreshed(person, first)["refresh_token"]
    assert second != first
    later(PAST_GRACE_S)
    refused(person.refresh(first))
    refused(person.refresh(second))


# --- Form, and what is no refresh token (N83)


@pytest.mark.parametrize("sent", [{}, {"refresh_token": ""}], ids=["missing", "empty"])
def test_a_request_without_a_refresh_token(person: SignIn, sent: dict[str, str]) -> None:
    client = {"client_id": person.application.client_id, "client_secret": person.secret}
    form = {"grant_type": "refresh_token", **client, **sent}
    refused(person.token(form), "invalid_request")


def test_a_repeated_refresh_token_is_refused(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("refresh_token", token),
        ("client_id", person.application.client_id),
        ("client_secret", person.secret),
    ]
    answer = person.platform.call("POST", f"{person.issuer}/token", form=pairs)
    refused(answer, "invalid_request")
    assert person.refresh(token).status == 200


DAMAGED: dict[str, Callable[[str], str]] = {
    "nothing of ours": lambda _: "x",
    "a dot": lambda _: ".",
    "no secret": lambda t: t.partition(".")[0] + ".",
    "no dot": lambda t: t.replace(".", ""),
    "only the secret": lambda t: "." + t.partition(".")[2],
    "another secret": lambda t: t.partition(".")[0] + "." + "A" * 64,
    "a changed locator": lambda t: t[:40] + ("B" if t[40] == "A" else "A") + t[41:],
    "a longer secret": lambda t: t + "A",
    "a trailing space": lambda t: t + " ",
    "another alphabet": lambda t: t + "é",
    "a megabyte's beginning": lambda t: t + "A" * 5000,
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_refresh_token_changes_nothing(
    person: SignIn, damage: Callable[[str], str]
) -> None:
    token = person.tokens()["refresh_token"]
    before = logins()
    refused(person.refresh(damage(token)))
    assert logins() == before
    assert person.refresh(token).status == 200


def test_n83_no_other_token_passes_for_a_refresh_token(person: SignIn) -> None:
    code = person.code()
    tokens = person.tokens()
    locator = claims(tokens["access_token"])["locator"]
    for other in (code, tokens["access_token"], tokens["id_token"], f"{locator}.{'A' * 64}"):
        refused(person.refresh(other))
    assert person.redeem(code).status == 200


def test_n83_a_refresh_token_passes_for_nothing_else(person: SignIn) -> None:
    token = person.tokens()["refresh_token"]
    check_json(person.userinfo(token), 401, "invalid_token")
    refused(person.redeem(token))
    listed = person.platform.call("GET", f"{person.platform.realm_path}/identities", token=token)
    assert listed.status == 401
    assert person.refresh(token).status == 200


# --- Scope (N79, T35)


@pytest.mark.parametrize(
    "scope", ["openid orders refunds", "refunds", "admin", "offline_access", "orders  openid", '"']
)
def test_n79_t35_a_scope_that_was_not_granted_is_refused_and_the_token_stays_good(
    person: SignIn, scope: str
) -> None:
    token = person.tokens(scope="openid orders")["refresh_token"]
    before = logins()
    refused(person.refresh(token, scope=scope), "invalid_scope")
    assert logins() == before
    assert refreshed(person, token)["scope"] == "openid orders"


def test_6_a_narrower_scope_narrows_one_answer_and_not_the_family(person: SignIn) -> None:
    token = person.tokens(scope="openid orders")["refresh_token"]
    narrow = refreshed(person, token, scope="orders")
    assert (narrow["scope"], "id_token" in narrow) == ("orders", False)
    assert claims(narrow["access_token"])["scope"] == "orders"
    check_json(person.userinfo(narrow["access_token"]), 403, "insufficient_scope")
    assert refreshed(person, narrow["refresh_token"])["scope"] == "openid orders"


def test_3_3_the_order_of_scopes_does_not_matter(person: SignIn) -> None:
    token = person.tokens(scope="openid orders")["refresh_token"]
    first = refreshed(person, token, scope="orders openid")
    again = refreshed(person, token, scope="openid orders")
    assert again["refresh_token"] == first["refresh_token"]
    assert again["scope"] == first["scope"] == "openid orders"


def test_t33_a_scope_that_was_taken_from_the_application_ends_what_needs_it(
    platform: Platform,
) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))
    token = person.tokens(scope="openid orders")["refresh_token"]
    person.change_application(allowed_scopes=())
    before = logins()
    refused(person.refresh(token))
    assert logins() == before
    assert refreshed(person, token, scope="openid")["scope"] == "openid"


# --- Twice, and reuse (N80, N81)


def test_within_the_grace_the_same_request_gets_the_same_answer(person: SignIn) -> None:
    """The refresh token is identical; the access token keeps `jti`, `iat`, `exp` and `sub`."""
    token = person.tokens()["refresh_token"]
    first, again = refreshed(person, token), refreshed(person, token)
    assert again["refresh_token"] == first["refresh_token"]
    one, two = claims(first["access_token"]), claims(again["access_token"])
    assert {**one, "locator": ""} == {**two, "locator": ""}
    one, two = claims(first["id_token"]), claims(again["id_token"])
    assert {**one, "locator": ""} == {**two, "locator": ""}
    assert 0 <= first["expires_in"] - again["expires_in"] <= 10
    assert person.refresh(first["refresh_token"]).status == 200


def test_within_the_grace_other_parameters_are_an_error_that_changes_nothing(
    person: SignIn,
) -> None:
    token = person.tokens(scope="openid orders")["refresh_token"]
    first = refreshed(person, token)
    before = logins()
    refused(person.refresh(token, scope="orders"), "invalid_request")
    assert logins() == before
    assert refreshed(person, token)["refresh_token"] == first["refresh_token"]


def test_n80_a_replaced_token_after_the_grace_revokes_the_whole_family(
    person: SignIn, later: Any
) -> None:
    first = person.tokens()
    second = refreshed(person, first["refresh_token"])
    later(PAST_GRACE_S)
    refused(person.refresh(first["refresh_token"]))
    refused(person.refresh(second["refresh_token"]))
    for tokens in (first, second):
        check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")


def test_n80_a_token_two_generations_old_revokes_at_once(person: SignIn) -> None:
    first = person.tokens()["refresh_token"]
    second = refreshed(person, first)["refresh_token"]
    third = refreshed(person, second)["refresh_token"]
    refused(person.refresh(first))
    refused(person.refresh(third))


def test_n80_a_reuse_with_other_parameters_after_the_grace_revokes_too(
    person: SignIn, later: Any
) -> None:
    first = person.tokens(scope="openid orders")["refresh_token"]
    second = refreshed(person, first)["refresh_token"]
    later(PAST_GRACE_S)
    refused(person.refresh(first, scope="orders"))
    refused(person.refresh(second))


def test_a_replaced_token_with_a_wrong_secret_revokes_nothing(person: SignIn, later: Any) -> None:
    first = person.tokens()["refresh_token"]
    second = refreshed(person, first)["refresh_token"]
    later(PAST_GRACE_S)
    refused(person.refresh(DAMAGED["another secret"](first)))
    assert person.refresh(second).status == 200


def test_t31_a_replay_of_the_code_ends_its_refresh_tokens(person: SignIn) -> None:
    code = person.code()
    token = person.redeem(code).json()["refresh_token"]
    token = refreshed(person, token)["refresh_token"]
    refused(person.redeem(code))
    refused(person.refresh(token))


# --- Expiry


def test_an_unused_token_dies_after_its_lifetime_and_a_used_one_lives_on(
    platform: Platform, later: Any
) -> None:
    """RFC 9700 §4.14.2. The very second is in the contract tests."""
    person = new_sign_in(platform, grant_types=GRANTS, refresh_token_expires_after=DAY_S)
    used, unused = person.tokens()["refresh_token"], person.tokens()["refresh_token"]
    later(DAY_S - 60)
    used = refreshed(person, used)["refresh_token"]
    later(120)
    refused(person.refresh(unused))
    assert person.refresh(used).status == 200


def test_a_family_ends_ninety_days_after_the_sign_in(platform: Platform, later: Any) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, refresh_token_expires_after=30 * DAY_S)
    token = person.tokens()["refresh_token"]
    for _ in range(4):
        later(22 * DAY_S)
        token = refreshed(person, token)["refresh_token"]
    later(2 * DAY_S + 60)
    refused(person.refresh(token))


def test_the_item_outlives_its_tokens_so_that_no_sweep_reopens_it(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    token = person.tokens()["refresh_token"]
    refreshed(person, token)
    (item,) = [i for i in logins() if i["identity_id"]["S"] == person.identity.id]
    family = item["family"]["M"]
    assert int(item["ttl"]["N"]) > int(family["token_expires_at"]["N"])
    assert int(family["expires_at"]["N"]) > int(family["token_expires_at"]["N"])


# --- What changes between sign-in and refresh (N82, T33, T68)


def delete_identity(person: SignIn) -> None:
    i = person.identity
    person.platform.deployment.directory.delete(keys.identity(i.tenant_id, i.realm_id, i.id))


BETWEEN: dict[str, Callable[[SignIn], None]] = {
    "identity suspended": lambda p: p.change_identity(status="suspended"),
    "identity deleted": delete_identity,
    "passkey revoked": lambda p: p.change_passkey(state="REVOKED"),
    "passkey became another's": lambda p: p.change_passkey(identity_id="0" * 16),
    "passkey replaced under its id": lambda p: p.change_passkey(id="f" * 16),
    "subject would be another": lambda p: p.change_application(subject_field="username"),
    "subject is no longer proven": lambda p: p.change_application(subject_field="email"),
}


@pytest.mark.parametrize("change", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("repeat", [False, True], ids=["first use", "repeat in the grace"])
def test_n82_t33_t68_what_changed_ends_the_login_at_once(
    platform: Platform, change: Callable[[SignIn], None], repeat: bool
) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    token = person.tokens()["refresh_token"]
    if repeat:
        refreshed(person, token)
    change(person)
    answer = person.refresh(token)
    refused(answer)
    assert "eyJ" not in answer.text


def test_core_12_2_a_subject_that_was_edited_ends_the_login(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS, subject_field="username")
    token = person.tokens()["refresh_token"]
    token = refreshed(person, token)["refresh_token"]
    person.change_identity(traits={**person.identity.traits, "username": "another-name"})
    refused(person.refresh(token))


def test_t33_an_application_that_lost_the_grant_or_is_gone_refreshes_nothing(
    platform: Platform,
) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    token, a = person.tokens()["refresh_token"], person.application
    person.change_application(grant_types=("authorization_code",))
    refused(person.refresh(token), "unauthorized_client")
    platform.deployment.directory.delete(keys.application(a.tenant_id, a.realm_id, a.id))
    check_json(person.refresh(token), 404, "not_found")
