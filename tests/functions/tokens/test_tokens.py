"""Tokens of an application's principals: listed, and ended one by one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from keybound.domain.issuer import issuer_url

from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import refused_fields
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.rooms import forget_rooms
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import stored
from tests.support.tokens import claims_of

GRANTS = ("authorization_code", "refresh_token", "client_credentials")
INACTIVE = {"active": False}
UNKNOWN = "A" * 22


@pytest.fixture
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))


@pytest.fixture
def opaque(platform: Platform) -> SignIn:
    return new_sign_in(
        platform, grant_types=GRANTS, allowed_scopes=("orders",), token_format="referential"
    )


@pytest.fixture
def later(platform: Platform) -> Iterator[Callable[[int], None]]:
    yield platform.clock.advance
    platform.clock.reset()
    forget_rooms()


def path(person: SignIn, token_id: str = "") -> str:
    below = f"/{token_id}" if token_id else ""
    return f"/applications/{person.application.id}/tokens{below}"


def ask(person: SignIn, query: str, **more: Any) -> Answer:
    return person.platform.manage("GET", f"{path(person)}?{query}", **more)


def listed(person: SignIn, query: str = "") -> list[dict[str, Any]]:
    of_identity = f"principal_type=identity&principal_id={person.identity.id}"
    answer = ask(person, query or of_identity)
    assert answer.status == 200, answer.text
    found = answer.json()
    assert found["total_size"] == len(found["tokens"])
    entries: list[dict[str, Any]] = found["tokens"]
    return entries


def end(person: SignIn, token_id: str, **more: Any) -> Answer:
    return person.platform.manage("DELETE", path(person, token_id), **more)


def own_token(person: SignIn) -> str:
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    answer = person.token({"grant_type": "client_credentials", **client})
    token: str = answer.json()["access_token"]
    return token


def test_a_login_shows_as_its_access_token_and_its_refresh_token(person: SignIn) -> None:
    tokens = person.tokens(scope="openid orders")
    content = claims_of(tokens["access_token"])
    by_type = {entry["token_type"]: entry for entry in listed(person)}
    access, refresh = by_type.pop("access"), by_type.pop("refresh")
    assert not by_type
    assert access == {
        "id": content["jti"],
        "display_name": person.application.display_name,
        "scopes": ["openid", "orders"],
        "token_suffix": "",
        "token_format": "self_contained",
        "token_type": "access",
        "expires": content["exp"],
        "issued_at": content["iat"],
    }
    assert refresh["expires"] == content["iat"] + 30 * 24 * 3600
    assert refresh["scopes"] == ["openid", "orders"]


def test_the_list_follows_a_refresh(person: SignIn, later: Callable[[int], None]) -> None:
    token = person.tokens()["refresh_token"]
    later(100)
    answer = person.refresh(token, expiration_time="60").json()
    content = claims_of(answer["access_token"])
    (access,) = [entry for entry in listed(person) if entry["token_type"] == "access"]
    assert (access["id"], access["expires"], access["issued_at"]) == (
        content["jti"],
        content["exp"],
        content["iat"],
    )


def test_referential_tokens_show_by_their_last_characters(opaque: SignIn) -> None:
    token = opaque.tokens()["access_token"]
    (access,) = [entry for entry in listed(opaque) if entry["token_type"] == "access"]
    assert access["token_format"] == "referential"
    assert token.endswith(access["token_suffix"])
    assert len(access["token_suffix"]) == 4


def test_a_clients_own_tokens_are_listed_where_they_are_kept(opaque: SignIn) -> None:
    token = own_token(opaque)
    for query in (
        "principal_type=application",
        f"principal_type=application&principal_id={opaque.application.id}",
    ):
        (entry,) = listed(opaque, query)
        assert token.endswith(entry["token_suffix"])


def test_no_list_says_a_token_or_a_hash(opaque: SignIn) -> None:
    tokens = opaque.tokens()
    text = str(listed(opaque))
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert token not in text
        assert token.partition(".")[2] not in text


def test_what_has_ended_is_not_listed(person: SignIn, later: Callable[[int], None]) -> None:
    person.revoke(person.tokens()["refresh_token"])
    assert listed(person) == []
    person.tokens()
    later(3600)
    assert [entry["token_type"] for entry in listed(person)] == ["refresh"]
    later(40 * 24 * 3600)
    assert listed(person) == []


def test_a_code_that_was_not_redeemed_is_no_token(person: SignIn) -> None:
    person.code()
    assert listed(person) == []


def test_one_applications_list_holds_nothing_of_anothers(
    platform: Platform, person: SignIn
) -> None:
    person.tokens()
    other = new_sign_in(platform, grant_types=GRANTS)
    query = f"principal_type=identity&principal_id={person.identity.id}"
    assert listed(other, query) == []


def test_pages_are_whole_and_belong_to_their_principal(opaque: SignIn) -> None:
    made = sorted(opaque.tokens()["access_token"][-4:] for _ in range(3))
    query = f"principal_type=identity&principal_id={opaque.identity.id}&page_size=2"
    first = ask(opaque, query).json()
    assert (len(first["tokens"]), first["total_size"]) == (2, 6)
    seen, token = list(first["tokens"]), first["next_page_token"]
    other = ask(opaque, f"principal_type=application&page_token={token}")
    assert refused_fields(other) == ["page_token"]
    while token:
        page = ask(opaque, f"{query}&page_token={token}").json()
        seen, token = seen + page["tokens"], page.get("next_page_token", "")
    assert len({entry["id"] for entry in seen}) == 6
    suffixes = sorted(entry["token_suffix"] for entry in seen if entry["token_suffix"])
    assert suffixes == made


BAD = {
    "": "principal_type",
    "principal_type=person&principal_id=0000000000000000": "principal_type",
    "principal_type=identity": "principal_id",
    "principal_type=identity&principal_id=x": "principal_id",
    "principal_type=application&principal_id=0000000000000000": "principal_id",
    "principal_type=identity&principal_type=application": "principal_type",
    "principal_type=application&filter=x": "filter",
    "principal_type=application&page_token=x": "page_token",
}


@pytest.mark.parametrize(("query", "field"), BAD.items())
def test_bad_parameters_are_refused_by_name(person: SignIn, query: str, field: str) -> None:
    assert refused_fields(ask(person, query)) == [field]


# --- Ending


def test_a_deleted_access_token_is_refused_everywhere_and_alone(person: SignIn) -> None:
    tokens = person.tokens()
    token_id = claims_of(tokens["access_token"])["jti"]
    answer = end(person, token_id)
    assert (answer.status, answer.body) == (200, b"")
    check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")
    assert person.introspect(tokens["access_token"]).json() == INACTIVE
    assert [entry["token_type"] for entry in listed(person)] == ["refresh"]
    again = person.refresh(tokens["refresh_token"]).json()
    assert person.userinfo(again["access_token"]).status == 200
    assert end(person, token_id).status == 404, "it has ended already"


def test_a_deleted_refresh_token_ends_its_login(person: SignIn) -> None:
    tokens = person.tokens()
    (refresh,) = [entry for entry in listed(person) if entry["token_type"] == "refresh"]
    assert end(person, refresh["id"]).status == 200
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")
    assert listed(person) == []
    assert end(person, refresh["id"]).status == 404


def test_a_deleted_referential_token_ends_alone(opaque: SignIn) -> None:
    tokens = opaque.tokens()
    (access,) = [entry for entry in listed(opaque) if entry["token_type"] == "access"]
    assert end(opaque, access["id"]).status == 200
    check_json(opaque.userinfo(tokens["access_token"]), 401, "invalid_token")
    assert opaque.refresh(tokens["refresh_token"]).status == 200


def test_a_deleted_management_token_is_refused_by_the_api_host(platform: Platform) -> None:
    client, token = platform.management, platform.management_token()
    where = f"/v1/tenants/{client.tenant_id}/realms/{client.admin_realm_id}"
    url = f"{where}/applications/{client.application_id}/tokens/{claims_of(token)['jti']}"
    assert platform.call("GET", f"{platform.realm_path}/identities", token=token).status == 200
    assert platform.manage("DELETE", url).status == 200
    answer = platform.call("GET", f"{platform.realm_path}/identities", token=token)
    assert (answer.status, answer.json()["code"]) == (401, "unauthorized")
    assert platform.manage("GET", "/identities").status == 200


def test_an_id_that_nobody_issued_costs_one_item_for_a_day(person: SignIn) -> None:
    """Self-contained tokens are kept nowhere, so no id can be told from one that was issued."""
    before = stored()
    assert end(person, UNKNOWN).status == 200
    assert end(person, UNKNOWN).status == 404
    (key,) = stored().keys() - before.keys()
    lives = int(stored()[key]["ttl"]["N"]) - person.platform.clock.now()
    assert key[1].endswith(UNKNOWN)
    assert lives == 25 * 3600


NO_IDS = ("x", "A" * 21, "A" * 23, "A" * 21 + "=", "A" * 21 + "%2F", "A" * 43, "A" * 5000)


@pytest.mark.parametrize("token_id", NO_IDS, ids=[str(len(one)) for one in NO_IDS])
def test_what_cannot_be_an_id_is_404_and_writes_nothing(person: SignIn, token_id: str) -> None:
    before = stored()
    assert end(person, token_id).status == 404
    assert stored() == before


def test_another_applications_tokens_are_out_of_reach(platform: Platform, person: SignIn) -> None:
    other = new_sign_in(platform, grant_types=GRANTS)
    tokens = person.tokens()
    for entry in listed(person):
        end(other, entry["id"])
    assert person.userinfo(tokens["access_token"]).status == 200
    assert person.refresh(tokens["refresh_token"]).status == 200


def test_scopes_realms_and_tenants(platform: Platform, person: SignIn) -> None:
    token_id = claims_of(person.tokens()["access_token"])["jti"]
    assert ask(person, "principal_type=application", scopes=["tokens:delete"]).status == 403
    assert end(person, token_id, scopes=["tokens:read"]).status == 403
    other = platform.create_realm(platform.management).id
    there = f"/v1/tenants/{platform.tenant_id}/realms/{other}{path(person)}"
    assert platform.manage("GET", f"{there}?principal_type=application").status == 404
    assert platform.manage("DELETE", f"{there}/{token_id}").status == 404
    foreign = platform.management_token(client=platform.second_tenant())
    url = f"{platform.realm_path}{path(person, token_id)}"
    assert platform.call("DELETE", url, token=foreign).status == 404
    assert platform.call("DELETE", url).status == 401
    assert [entry["id"] for entry in listed(person) if entry["id"] == token_id] == [token_id]


def test_when_aws_does_not_answer_nothing_is_said_to_have_ended(person: SignIn) -> None:
    tokens = person.tokens()
    token_id = claims_of(tokens["access_token"])["jti"]
    with fail_aws_call("PutItem", "before", times=9) as failed:
        assert end(person, token_id).status == 503
    assert failed
    assert person.userinfo(tokens["access_token"]).status == 200
    with fail_aws_call("BatchGetItem", "before", times=9) as failed:
        check_json(person.userinfo(tokens["access_token"]), 503, "temporarily_unavailable")
    assert failed


def test_when_the_denylist_cannot_be_read_no_management_call_is_let_in(platform: Platform) -> None:
    token = platform.management_token()
    with fail_aws_call("GetItem", "before", times=99) as failed:
        answer = platform.call("GET", f"{platform.realm_path}/identities", token=token)
    assert failed
    assert answer.status == 503


# --- Managers at the auth host (RFC 7662 §2.1, RFC 7009 §2.1)


def manager(person: SignIn, url: str, token: str, *scopes: str, **form: str) -> Answer:
    platform = person.platform
    bearer = platform.management_token(scopes)
    return platform.call("POST", url, form={"token": token, **form}, token=bearer)


def of_realm(person: SignIn) -> str:
    return f"{person.platform.auth_base_url}{person.platform.realm_path}/introspect"


def test_a_manager_introspects_any_access_token_of_the_realm(
    person: SignIn, opaque: SignIn
) -> None:
    for one in (person, opaque):
        tokens = one.tokens()
        for token in (tokens["access_token"], own_token(one)):
            found = manager(one, of_realm(one), token, "tokens:introspect").json()
            assert (found["active"], found["iss"]) == (True, one.issuer)
        shown = manager(one, of_realm(one), tokens["refresh_token"], "tokens:introspect")
        assert shown.json() == INACTIVE, "refresh tokens are their clients' alone"
        one.revoke(tokens["refresh_token"])
        shown = manager(one, of_realm(one), tokens["access_token"], "tokens:introspect")
        assert shown.json() == INACTIVE


def test_n92_a_manager_needs_the_scope_and_one_method(person: SignIn) -> None:
    token, url = person.tokens()["access_token"], of_realm(person)
    answer = manager(person, url, token, "tokens:read")
    check_json(answer, 403, "insufficient_scope")
    assert 'scope="tokens:introspect"' in answer.headers["www-authenticate"]
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    answer = manager(person, url, token, "tokens:introspect", **client)
    check_json(answer, 400, "invalid_request")
    answer = person.platform.call("POST", url, form={"token": token}, token="x.y.z")
    check_json(answer, 401, "invalid_token")


def test_n103_another_tenants_manager_sees_no_realm(platform: Platform, person: SignIn) -> None:
    bearer = platform.management_token(client=platform.second_tenant())
    form = {"token": person.tokens()["access_token"]}
    assert platform.call("POST", of_realm(person), form=form, token=bearer).status == 404
    url = f"{person.issuer}/revoke"
    assert platform.call("POST", url, form=form, token=bearer).status == 404
    assert person.userinfo(form["token"]).status == 200


def test_a_realms_tokens_are_inactive_in_another_realm(platform: Platform, person: SignIn) -> None:
    other = platform.create_realm(platform.management).id
    url = of_realm(person).replace(platform.realm_id, other)
    shown = manager(person, url, person.tokens()["access_token"], "tokens:introspect")
    assert shown.json() == INACTIVE


def test_a_manager_revokes_tokens_of_an_issuer(person: SignIn, opaque: SignIn) -> None:
    for one in (person, opaque):
        tokens, url = one.tokens(), f"{one.issuer}/revoke"
        check_json(manager(one, url, tokens["access_token"]), 403, "insufficient_scope")
        assert manager(one, url, tokens["access_token"], "tokens:delete").status == 200
        check_json(one.userinfo(tokens["access_token"]), 401, "invalid_token")
        tokens = one.tokens()
        assert manager(one, url, tokens["refresh_token"], "tokens:delete").status == 200
        check_json(one.refresh(tokens["refresh_token"]), 400, "invalid_grant")


def test_n89_n90_a_manager_revoking_what_is_none_of_the_issuers_changes_nothing(
    person: SignIn, opaque: SignIn
) -> None:
    token = person.tokens()["access_token"]
    url = f"{opaque.issuer}/revoke"
    for shown in (token, "x", "a.b", "kbat_a.b"):
        assert manager(person, url, shown, "tokens:delete").status == 200
    assert person.userinfo(token).status == 200
    unknown = "00000000-0000-4000-8000-000000000000"
    a = person.application
    base = person.platform.auth_base_url
    url = issuer_url(base, a.tenant_id, a.realm_id, unknown)  # type: ignore[arg-type]
    assert manager(person, f"{url}/revoke", token, "tokens:delete").status == 404
