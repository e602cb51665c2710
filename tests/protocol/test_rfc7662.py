"""RFC 7662: what a confidential client is told about a token, and what nobody is."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from keybound.domain.secrets import hash_secret
from keybound.storage import keys

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SECRET, SignIn, new_resource_server, new_sign_in
from tests.support.table_state import stored

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
INACTIVE = {"active": False}
API = "https://orders.example.com"


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    server = new_resource_server(platform, API, "orders")
    return new_sign_in(
        platform, grant_types=GRANTS, allowed_scopes=("orders",), resource_server_id=server.id
    )


@pytest.fixture
def later(platform: Platform) -> Iterator[Callable[[int], None]]:
    yield platform.clock.advance
    platform.clock.reset()
    forget_rooms()


def of_realm(person: SignIn) -> str:
    return f"{person.platform.auth_base_url}{person.platform.realm_path}/introspect"


def places(person: SignIn) -> tuple[str, str]:
    """Both endpoints: the issuer's and the realm's."""
    return f"{person.issuer}/introspect", of_realm(person)


def inactive(answer: Answer) -> None:
    """§2.2: 200, and nothing but `active`."""
    assert (answer.status, answer.json()) == (200, INACTIVE), answer.text
    assert answer.headers["cache-control"] == "no-store"


def resource_server_client(person: SignIn, **changes: Any) -> SignIn:
    """The API's own client: confidential, bound to the resource server, with another secret."""
    secret = f"api-{uuid4()}"
    made = new_sign_in(
        person.platform,
        grant_types=("client_credentials",),
        client_secret_hash=hash_secret(secret),
        resource_server_id=person.application.resource_server_id,
        **changes,
    )
    return replace(made, secret=secret)


# --- Active


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "unknown"])
@pytest.mark.parametrize("place", [0, 1], ids=["issuer", "realm"])
def test_2_2_an_access_token_of_a_person(person: SignIn, place: int, hint: str | None) -> None:
    token = person.tokens(scope="openid orders")["access_token"]
    answer = person.introspect(token, at=places(person)[place], token_type_hint=hint)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    for name in ("exp", "iat", "auth_time"):
        assert isinstance(found.pop(name), int)
    assert len(found.pop("jti")) == 22
    assert len(found.pop("sid")) == 22
    assert found == {
        "active": True,
        "token_type": "Bearer",
        "scope": "openid orders",
        "client_id": person.application.client_id,
        "sub": person.identity.id,
        "aud": API,
        "iss": person.issuer,
        "tenant_id": person.platform.tenant_id,
        "realm_id": person.platform.realm_id,
    }


@pytest.mark.parametrize("place", [0, 1], ids=["issuer", "realm"])
def test_2_2_a_refresh_token(person: SignIn, place: int) -> None:
    token = person.tokens(scope="openid orders")["refresh_token"]
    found = person.introspect(token, at=places(person)[place]).json()
    assert found.pop("exp") - person.platform.clock.now() in range(30 * 24 * 3600 - 60, 2592001)
    assert len(found.pop("sid")) == 22
    assert found == {
        "active": True,
        "scope": "openid orders",
        "client_id": person.application.client_id,
        "sub": person.identity.id,
        "iss": person.issuer,
    }


@pytest.mark.parametrize("place", [0, 1], ids=["issuer", "realm"])
def test_2_2_an_access_token_of_the_client_itself(person: SignIn, place: int) -> None:
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    token = person.token({"grant_type": "client_credentials", **client}).json()["access_token"]
    found = person.introspect(token, at=places(person)[place]).json()
    assert (found["active"], found["sub"]) == (True, person.application.client_id)
    assert found["aud"] == API


def test_the_client_may_authenticate_with_basic(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    pair = b64encode(f"{person.application.client_id}:{SECRET}".encode()).decode()
    for url in places(person):
        answer = person.platform.call(
            "POST", url, form={"token": token}, headers={"authorization": f"Basic {pair}"}
        )
        assert answer.json()["active"] is True


def test_introspection_writes_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    person.refresh(tokens["refresh_token"])
    before = stored()
    for token in (tokens["access_token"], tokens["refresh_token"], "x"):
        person.introspect(token)
    assert stored() == before


# --- Who may see what (§2.1, §4)


def test_a_resource_server_sees_tokens_for_it_at_the_realm(person: SignIn) -> None:
    api = resource_server_client(person)
    token = person.tokens(scope="orders")["access_token"]
    assert api.introspect(token, at=of_realm(api)).json()["sub"] == person.identity.id
    inactive(api.introspect(token))  # its own issuer did not make it


def test_a_resource_server_sees_a_token_for_it_and_the_issuer(person: SignIn) -> None:
    """RFC 7519 §4.1.3: `aud` may be an array, after RFC 8707 here."""
    api = resource_server_client(person)
    own = person.introspect(person.tokens(scope="orders")["access_token"]).json()["aud"]
    form = [
        ("grant_type", "client_credentials"),
        ("client_id", person.application.client_id),
        ("client_secret", SECRET),
        ("resource", own),
        ("resource", person.issuer),
    ]
    answer = person.platform.call("POST", f"{person.issuer}/token", form=form)
    token = answer.json()["access_token"]
    assert api.introspect(token, at=of_realm(api)).json()["aud"] == [own, person.issuer]


def test_4_a_client_fishes_nothing(platform: Platform, person: SignIn) -> None:
    """Tokens for others, and every refresh token but its own."""
    api = resource_server_client(person)
    tokens = person.tokens(scope="openid")
    assert person.introspect(tokens["access_token"]).json()["aud"] == person.issuer
    inactive(api.introspect(tokens["access_token"], at=of_realm(api)))
    inactive(api.introspect(tokens["refresh_token"], at=of_realm(api)))
    stranger = new_sign_in(platform, grant_types=GRANTS)
    for token in (*person.tokens(scope="orders").values(),):
        inactive(stranger.introspect(str(token), at=of_realm(stranger)))
        inactive(stranger.introspect(str(token)))


def test_a_client_of_a_removed_resource_server_sees_only_its_own(person: SignIn) -> None:
    api = resource_server_client(person)
    token = person.tokens(scope="orders")["access_token"]
    api.change_application(resource_server_id=str(uuid4()))
    inactive(api.introspect(token, at=of_realm(api)))


UNAUTHENTICATED: dict[str, dict[str, str | None]] = {
    "none at all": {"client_id": None, "client_secret": None},
    "id alone": {"client_secret": None},
    "empty secret": {"client_secret": ""},
    "wrong secret": {"client_secret": "wrong"},
    "unknown client": {"client_id": "unknown"},
}


@pytest.mark.parametrize("place", [0, 1], ids=["issuer", "realm"])
@pytest.mark.parametrize("changes", UNAUTHENTICATED.values(), ids=UNAUTHENTICATED)
def test_n92_without_client_authentication_nothing_is_told(
    person: SignIn, place: int, changes: dict[str, str | None]
) -> None:
    token = person.tokens()["access_token"]
    for shown in (token, "unknown"):
        answer = person.introspect(shown, at=places(person)[place], **changes)
        check_json(answer, 401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("place", [0, 1], ids=["issuer", "realm"])
def test_n92_a_public_client_is_told_nothing_even_of_its_own(
    platform: Platform, place: int
) -> None:
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="")
    token = public.tokens()["access_token"]
    check_json(public.introspect(token, at=places(public)[place]), 401, "invalid_client")


def test_n92_a_bearer_token_is_no_client_authentication(person: SignIn) -> None:
    token = person.tokens()["access_token"]
    answer = person.platform.call(
        "POST", f"{person.issuer}/introspect", form={"token": token}, token=token
    )
    check_json(answer, 401, "invalid_client")


def test_a_client_of_another_realm_or_tenant_is_unknown(platform: Platform, person: SignIn) -> None:
    """And so is every client of a realm that does not exist."""
    token = person.tokens()["access_token"]
    admin = platform.management
    form = {"client_id": admin.client_id, "client_secret": admin.client_secret, "token": token}
    check_json(platform.call("POST", of_realm(person), form=form), 401, "invalid_client")
    base = f"{platform.auth_base_url}/v1/tenants"
    for path in (
        f"{platform.tenant_id}/realms/{'0' * 16}",
        f"{'0' * 16}/realms/{platform.realm_id}",
        f"{platform.tenant_id}/realms/{admin.admin_realm_id}",
    ):
        answer = person.introspect(token, at=f"{base}/{path}/introspect")
        check_json(answer, 401, "invalid_client")
    malformed = f"{base}/{platform.tenant_id}/realms/x/introspect"
    check_json(person.introspect(token, at=malformed), 404, "not_found")


def test_n93_a_token_of_another_realm_is_inactive(platform: Platform, person: SignIn) -> None:
    """The management client of the admin realm, asked about a customer's token, and back."""
    admin = platform.management
    admin_realm = f"{platform.auth_base_url}/v1/tenants/{platform.tenant_id}/realms/"
    form = {"client_id": admin.client_id, "client_secret": admin.client_secret}
    theirs = {**form, "token": person.tokens()["access_token"]}
    own = {**form, "token": platform.management_token()}
    for url in (
        f"{admin_realm}{admin.admin_realm_id}/introspect",
        admin.token_endpoint.replace("/token", "/introspect"),
    ):
        inactive(platform.call("POST", url, form=theirs))
        assert platform.call("POST", url, form=own).json()["active"] is True
    for place in places(person):
        inactive(person.introspect(own["token"], at=place))


# --- Inactive (N93)


NO_TOKENS: dict[str, Callable[[SignIn, dict[str, Any]], str]] = {
    "unknown": lambda p, t: "unknown",
    "two parts": lambda p, t: "a.b",
    "three parts": lambda p, t: "a.b.c",
    "not ASCII": lambda p, t: "é.é.é",
    "long": lambda p, t: "x" * 9000,
    "another signature": lambda p, t: t["access_token"][:-8] + "AAAAAAAA",
    "another secret": lambda p, t: t["refresh_token"].partition(".")[0] + "." + "A" * 64,
    "an ID token": lambda p, t: t["id_token"],
    "a code": lambda p, t: p.code(),
}


@pytest.mark.parametrize("make", NO_TOKENS.values(), ids=NO_TOKENS)
def test_n93_what_is_no_token_is_inactive(
    person: SignIn, make: Callable[[SignIn, dict[str, Any]], str]
) -> None:
    token = make(person, person.tokens())
    for place in places(person):
        inactive(person.introspect(token, at=place))


FORGED: dict[str, Callable[[SignIn], dict[str, Any]]] = {
    "no expiry": lambda p: {"exp": None},
    "expired at this very second": lambda p: {"exp": p.platform.clock.now()},
    "expiry is text": lambda p: {"exp": "9999999999"},
    "another issuer": lambda p: {"iss": "https://evil.example"},
    "an issuer with a slash more": lambda p: {"iss": p.issuer + "/"},
    "an unknown application": lambda p: {"iss": p.issuer[:-12] + "000000000000"},
    "another client": lambda p: {"client_id": "another"},
    "no client": lambda p: {"client_id": None},
    "a locator that does not open": lambda p: {"locator": "AAAA"},
    "a locator that is no text": lambda p: {"locator": 1},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_n93_a_signed_token_that_says_something_else_is_inactive(
    person: SignIn, forge: Callable[[SignIn], dict[str, Any]]
) -> None:
    platform = person.platform
    good = {
        "iss": person.issuer,
        "client_id": person.application.client_id,
        "exp": platform.clock.now() + 600,
        "sub": person.application.client_id,
        "aud": API,
    }
    assert person.introspect(platform.sign(good)).json()["active"] is True
    spoilt = {n: v for n, v in (good | forge(person)).items() if v is not None}
    for place in places(person):
        inactive(person.introspect(platform.sign(spoilt), at=place))


def test_n93_another_kind_of_our_own_jwts_is_inactive(platform: Platform, person: SignIn) -> None:
    claims = {
        "iss": person.issuer,
        "client_id": person.application.client_id,
        "exp": platform.clock.now() + 600,
    }
    for typ in ("JWT", "logout+jwt"):
        inactive(person.introspect(platform.sign(claims, typ=typ)))


def test_n93_expired_tokens_are_inactive(platform: Platform, later: Any) -> None:
    person = new_sign_in(
        platform, grant_types=GRANTS, expires_after=60, refresh_token_expires_after=300
    )
    tokens = person.tokens()
    later(61)
    inactive(person.introspect(tokens["access_token"]))
    assert person.introspect(tokens["refresh_token"]).json()["active"] is True
    later(240)
    inactive(person.introspect(tokens["refresh_token"]))


def test_n93_a_replaced_refresh_token_is_inactive_and_stays_repeatable(person: SignIn) -> None:
    tokens = person.tokens()
    first = person.refresh(tokens["refresh_token"]).json()
    inactive(person.introspect(tokens["refresh_token"]))
    assert person.introspect(first["refresh_token"]).json()["active"] is True
    again = person.refresh(tokens["refresh_token"]).json()
    assert again["refresh_token"] == first["refresh_token"]


def delete_identity(person: SignIn) -> None:
    i = person.identity
    person.platform.deployment.directory.delete(keys.identity(i.tenant_id, i.realm_id, i.id))


ENDED: dict[str, Callable[[SignIn, dict[str, Any]], object]] = {
    "revoked": lambda p, t: p.revoke(t["refresh_token"]),
    "identity suspended": lambda p, t: p.change_identity(status="suspended"),
    "identity deleted": lambda p, t: delete_identity(p),
    "passkey revoked": lambda p, t: p.change_passkey(state="REVOKED"),
    "passkey replaced": lambda p, t: p.change_passkey(id="f" * 16),
    "subject changed": lambda p, t: p.change_application(subject_field="username"),
    "client replaced": lambda p, t: p.change_application(client_id=f"client-{uuid4()}"),
}


@pytest.mark.parametrize("end", ENDED.values(), ids=ENDED)
def test_n93_what_no_longer_stands_is_inactive_at_once(
    platform: Platform, end: Callable[[SignIn, dict[str, Any]], object]
) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    tokens = person.tokens()
    for kind in ("access_token", "refresh_token"):
        assert person.introspect(tokens[kind]).json()["active"] is True
    end(person, tokens)
    for kind in ("access_token", "refresh_token"):
        for place in places(person):
            inactive(person.introspect(tokens[kind], at=place))


def test_n93_a_replayed_code_makes_its_tokens_inactive(person: SignIn) -> None:
    """T31."""
    code = person.code()
    tokens = person.redeem(code).json()
    check_json(person.redeem(code), 400, "invalid_grant")
    inactive(person.introspect(tokens["access_token"]))
    inactive(person.introspect(tokens["refresh_token"]))


def test_t33_grants_that_were_taken_from_the_application_end_what_they_gave(
    platform: Platform,
) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    own = person.token({"grant_type": "client_credentials", **client}).json()["access_token"]
    refresh_token = person.tokens()["refresh_token"]
    person.change_application(grant_types=("authorization_code",))
    inactive(person.introspect(own))
    inactive(person.introspect(refresh_token))


def test_t33_tokens_of_a_deleted_application_are_inactive(person: SignIn) -> None:
    api = resource_server_client(person)
    issuing = new_sign_in(
        person.platform,
        grant_types=GRANTS,
        allowed_scopes=("orders",),
        resource_server_id=person.application.resource_server_id,
    )
    token, a = issuing.tokens(scope="orders")["access_token"], issuing.application
    assert api.introspect(token, at=of_realm(api)).json()["active"] is True
    person.platform.deployment.directory.delete(keys.application(a.tenant_id, a.realm_id, a.id))
    inactive(api.introspect(token, at=of_realm(api)))


# --- Form (§2.1)


@pytest.mark.parametrize("place", [0, 1], ids=["issuer", "realm"])
def test_2_1_the_form_is_judged_like_every_other(person: SignIn, place: int) -> None:
    url, call = places(person)[place], person.platform.call
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    check_json(call("POST", url, form=client), 400, "invalid_request")
    check_json(call("POST", url, form={**client, "token": ""}), 400, "invalid_request")
    check_json(call("POST", url, json={**client, "token": "x"}), 400, "invalid_request")
    twice = [*client.items(), ("token", "x"), ("token", "y")]
    check_json(call("POST", url, form=twice), 400, "invalid_request")
    check_json(call("POST", f"{url}?token=x", form=client), 400, "invalid_request")
    for method in ("GET", "PUT", "DELETE"):
        answer = call(method, url)
        assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_no_page_of_another_origin_reads_an_answer(person: SignIn) -> None:
    for url in places(person):
        asked = [("origin", "https://evil.example"), ("access-control-request-method", "POST")]
        preflight = person.platform.call("OPTIONS", url, headers=asked)
        assert preflight.status == 204
        assert "access-control-allow-origin" not in preflight.headers
    at_the_realm = person.platform.call(
        "OPTIONS", of_realm(person), headers=[("origin", "https://app.example.com")]
    )
    assert "access-control-allow-origin" not in at_the_realm.headers
