"""RFC 7009: a client gives tokens back; nobody else's tokens move."""

from collections.abc import Callable
from typing import Any

import pytest
from keybound.domain.issuer import issuer_url
from keybound.storage import keys

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import logins, stored

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
GRACE_OVER_S = 30


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))


def done(answer: Answer) -> None:
    """§2.2: 200, and nothing that tells one outcome from another."""
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"


def is_over(person: SignIn, tokens: dict[str, Any]) -> None:
    """Nothing of the login works any more."""
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")
    assert person.introspect(tokens["access_token"]).json() == {"active": False}


def goes_on(person: SignIn, tokens: dict[str, Any]) -> None:
    assert person.userinfo(tokens["access_token"]).status == 200
    assert person.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "unknown"])
@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_2_1_either_token_ends_the_login_whatever_the_hint_says(
    person: SignIn, kind: str, hint: str | None
) -> None:
    tokens, other = person.tokens(), person.tokens()
    done(person.revoke(tokens[kind], token_type_hint=hint))
    is_over(person, tokens)
    goes_on(person, other)


def test_a_replaced_refresh_token_ends_the_login_too(person: SignIn) -> None:
    first = person.tokens()
    second = person.refresh(first["refresh_token"]).json()
    third = person.refresh(second["refresh_token"]).json()
    done(person.revoke(first["refresh_token"]))
    is_over(person, third)


def test_a_second_revocation_changes_nothing(person: SignIn) -> None:
    tokens = person.tokens()
    done(person.revoke(tokens["refresh_token"]))
    before = logins()
    done(person.revoke(tokens["refresh_token"]))
    done(person.revoke(tokens["access_token"]))
    assert logins() == before


def test_a_public_client_revokes_with_its_id_alone(platform: Platform) -> None:
    """§2.1, §5."""
    public = new_sign_in(
        platform, grant_types=GRANTS[:2], confidentiality="public", client_secret_hash=""
    )
    tokens = public.tokens()
    check_json(public.revoke(tokens["refresh_token"], client_id="other"), 401, "invalid_client")
    done(public.revoke(tokens["refresh_token"]))
    check_json(public.refresh(tokens["refresh_token"]), 400, "invalid_grant")


NOTHING: dict[str, Callable[[SignIn, dict[str, Any]], str]] = {
    "N89 unknown": lambda p, t: "unknown",
    "N89 two parts": lambda p, t: "a.b",
    "N89 three parts": lambda p, t: "a.b.c",
    "not ASCII": lambda p, t: "é.é",
    "long": lambda p, t: "x" * 9000,
    "a refresh token with another secret": lambda p, t: (
        t["refresh_token"].partition(".")[0] + "." + "A" * 64
    ),
    "a refresh token cut off": lambda p, t: t["refresh_token"][:-1],
    "an access token with another signature": lambda p, t: t["access_token"][:-8] + "AAAAAAAA",
    "an ID token": lambda p, t: t["id_token"],
    "a code": lambda p, t: p.code(),
}


@pytest.mark.parametrize("make", NOTHING.values(), ids=NOTHING)
def test_n89_2_2_what_is_no_token_is_200_and_changes_nothing(
    person: SignIn, make: Callable[[SignIn, dict[str, Any]], str]
) -> None:
    tokens = person.tokens()
    token = make(person, tokens)
    before = stored()
    done(person.revoke(token))
    assert stored() == before
    goes_on(person, tokens)


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_n90_another_clients_token_stays_good_and_nothing_is_disclosed(
    platform: Platform, kind: str
) -> None:
    owner, other = (new_sign_in(platform, grant_types=GRANTS) for _ in range(2))
    tokens = owner.tokens()
    before = stored()
    done(other.revoke(tokens[kind]))
    assert stored() == before
    goes_on(owner, tokens)


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_n90_a_client_that_took_another_ones_place_revokes_nothing(
    platform: Platform, kind: str
) -> None:
    """The issuer is the same; token and login still name the client they were made for."""
    person = new_sign_in(platform, grant_types=GRANTS)
    tokens, own = person.tokens(), person.application.client_id
    person.change_application(client_id="another-client")
    before = stored()
    done(person.revoke(tokens[kind]))
    assert stored() == before
    person.change_application(client_id=own)
    goes_on(person, tokens)


def test_n90_an_access_token_of_another_tenant_is_not_ours_to_end(
    platform: Platform, person: SignIn
) -> None:
    tokens = person.tokens()
    before = stored()
    management = platform.management
    answer = platform.call(
        "POST",
        management.token_endpoint.replace("/token", "/revoke"),
        form={
            "token": tokens["access_token"],
            "client_id": management.client_id,
            "client_secret": management.client_secret,
        },
    )
    done(answer)
    assert stored() == before


def test_an_expired_access_token_ends_nothing(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    now = platform.clock.now()
    tokens = person.tokens()
    a = person.application
    expired = platform.sign(
        {
            "iss": issuer_url(platform.auth_base_url, a.tenant_id, a.realm_id, a.id),
            "client_id": a.client_id,
            "exp": now - 1,
        }
    )
    before = stored()
    done(person.revoke(expired))
    assert stored() == before
    goes_on(person, tokens)


def test_a_clients_own_token_without_sign_in_ends_alone(person: SignIn) -> None:
    """§2.1. Nothing is kept of it, so its id goes on the denylist until it would have expired."""
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    form = {"grant_type": "client_credentials", **client}
    token, other = (person.token(form).json()["access_token"] for _ in range(2))
    done(person.revoke(token))
    assert person.introspect(token).json() == {"active": False}
    assert person.introspect(other).json()["active"] is True
    before = stored()
    done(person.revoke(token))
    assert stored() == before, "a second time changes nothing"


UNAUTHENTICATED: dict[str, dict[str, str | None]] = {
    "none at all": {"client_id": None, "client_secret": None},
    "id alone": {"client_secret": None},
    "wrong secret": {"client_secret": "wrong"},
    "unknown client": {"client_id": "unknown"},
}


@pytest.mark.parametrize("changes", UNAUTHENTICATED.values(), ids=UNAUTHENTICATED)
@pytest.mark.parametrize("token", ["good", "unknown"])
def test_n91_without_client_authentication_nothing_is_revoked(
    person: SignIn, changes: dict[str, str | None], token: str
) -> None:
    tokens = person.tokens()
    shown = tokens["refresh_token"] if token == "good" else "unknown"
    answer = person.revoke(shown, **changes)
    check_json(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    goes_on(person, tokens)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_n91_only_post_is_allowed(person: SignIn, method: str) -> None:
    answer = person.platform.call(method, f"{person.issuer}/revoke")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_2_1_the_form_is_judged_like_every_other(person: SignIn) -> None:
    url = f"{person.issuer}/revoke"
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    call = person.platform.call
    check_json(call("POST", url, form=client), 400, "invalid_request")
    check_json(call("POST", url, form={**client, "token": ""}), 400, "invalid_request")
    check_json(call("POST", url, json={**client, "token": "x"}), 400, "invalid_request")
    twice = [*client.items(), ("token", "x"), ("token", "y")]
    check_json(call("POST", url, form=twice), 400, "invalid_request")
    check_json(call("POST", f"{url}?token=x", form=client), 400, "invalid_request")


def test_an_unknown_application_is_not_found(person: SignIn) -> None:
    url = f"{person.issuer[:-12]}000000000000/revoke"
    form = {"token": "x", "client_id": "x", "client_secret": "x"}
    check_json(person.platform.call("POST", url, form=form), 404, "not_found")


def test_a_page_of_the_application_may_revoke_and_no_other_origin(platform: Platform) -> None:
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="")
    url = f"{public.issuer}/revoke"
    own, foreign = "https://app.example.com", "https://evil.example"
    for origin in (own, foreign):
        allowed = own if origin == own else None
        asked = [("origin", origin), ("access-control-request-method", "POST")]
        preflight = platform.call("OPTIONS", url, headers=asked)
        assert preflight.headers.get("access-control-allow-origin") == allowed
        form = {"token": "x", "client_id": public.application.client_id}
        answer = platform.call("POST", url, form=form, headers=[("origin", origin)])
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert answer.headers["vary"] == "Origin"


def test_a_suspended_person_can_still_be_signed_out(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    tokens = person.tokens()
    person.change_identity(status="suspended")
    done(person.revoke(tokens["refresh_token"]))
    person.change_identity(status="active")
    is_over(person, tokens)


def test_a_deleted_identity_does_not_stand_in_the_way(platform: Platform) -> None:
    person = new_sign_in(platform, grant_types=GRANTS)
    tokens, i = person.tokens(), person.identity
    platform.deployment.directory.delete(keys.identity(i.tenant_id, i.realm_id, i.id))
    done(person.revoke(tokens["access_token"]))
