"""OpenID Connect Back-Channel Logout 1.0: applications are told, once, of logins that ended."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from keybound.domain.errors import Unavailable
from keybound.edge.logout_delivery import LogoutDelivery
from keybound.edge.outbound import Outbound
from keybound.storage import ended_sign_ins, keys
from keybound.storage.ended_sign_ins import AnnouncedEnds

from functions import composition
from functions.backchannel_logout import wiring
from tests.browser.sdk.loopback import Answer, Request, Server, serving
from tests.support.at_once import at_once
from tests.support.aws_calls import fail_aws_call
from tests.support.oauth_answers import check_json
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in

GRANTS = ("authorization_code", "refresh_token")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
NOTHING = dict.fromkeys(
    ("announced", "delivered", "put_off", "given_up", "dropped", "left", "failed"), 0
)


class RelyingParty:
    """Answers every logout token with one status."""

    status = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - replaced, never changed

    def answer(self, request: Request) -> Answer:
        return Answer(b"", self.status, self.headers)


@pytest.fixture
def site() -> RelyingParty:
    return RelyingParty()


@pytest.fixture
def server(site: RelyingParty) -> Iterator[Server]:
    with serving(site) as running:
        yield running


@pytest.fixture
def person(platform: Platform, server: Server) -> SignIn:
    return new_sign_in(
        platform,
        grant_types=GRANTS,
        backchannel_logout_uri=f"{server.origin}/backchannel?app=1",
    )


@pytest.fixture(autouse=True)
def quiet(platform: Platform) -> Iterator[None]:
    """Nothing is left over for the next test."""
    yield
    for _ in range(8):
        platform.clock.advance(24 * 3600)
        platform.run_scheduled("backchannel_logout")
    platform.clock.reset()


def run(platform: Platform) -> dict[str, int]:
    counts: dict[str, int] = platform.run_scheduled("backchannel_logout")
    return counts


def sign_out(person: SignIn, tokens: dict[str, Any]) -> None:
    assert person.end_session(id_token_hint=tokens["id_token"]).status == 200


def tokens_posted(server: Server) -> list[str]:
    found = []
    for request in server.posts("/backchannel"):
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        form = parse_qs(request.body.decode("ascii"), strict_parsing=True)
        assert form.keys() == {"logout_token"}
        found.append(form["logout_token"][0])
    return found


def verified(person: SignIn, token: str) -> dict[str, Any]:
    """Verify as a relying party does (§2.6), by the published keys."""
    jwks = person.platform.call("GET", f"{person.issuer}/.well-known/jwks.json").json()
    keys_by_id = {key.key_id: key for key in jwt.PyJWKSet.from_dict(jwks).keys}
    header = jwt.get_unverified_header(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        keys_by_id[header["kid"]].key,
        algorithms=["RS256"],
        audience=person.application.client_id,
        issuer=person.issuer,
        options={"verify_iat": False, "verify_exp": False},
    )
    assert header["typ"] == "logout+jwt"
    return claims


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_2_4_signing_out_sends_one_logout_token(
    platform: Platform, person: SignIn, server: Server
) -> None:
    tokens = person.tokens()
    sign_out(person, tokens)
    assert run(platform) == NOTHING | {"delivered": 1}
    (token,) = tokens_posted(server)
    claims = verified(person, token)
    identified = claims_of(tokens["id_token"])
    assert claims.keys() == {"iss", "aud", "iat", "exp", "jti", "sid", "sub", "events"}
    assert (claims["sid"], claims["sub"]) == (identified["sid"], identified["sub"])
    assert claims["events"] == {EVENT: {}}
    assert claims["exp"] - claims["iat"] == 120
    assert run(platform) == NOTHING


def test_signing_out_twice_is_told_once(platform: Platform, person: SignIn, server: Server) -> None:
    tokens = person.tokens()
    sign_out(person, tokens)
    sign_out(person, tokens)
    run(platform)
    sign_out(person, tokens)
    assert run(platform) == NOTHING
    assert len(tokens_posted(server)) == 1


def test_two_runs_at_once_tell_once(platform: Platform, person: SignIn, server: Server) -> None:
    for _ in range(3):
        sign_out(person, person.tokens())
    results = at_once(2, lambda _: run(platform))
    counts = [each for each in results if isinstance(each, dict)]
    assert sum(each["delivered"] for each in counts) == 3
    assert len(tokens_posted(server)) == 3


def test_an_application_without_an_address_leaves_nothing(
    platform: Platform, server: Server
) -> None:
    silent = new_sign_in(platform, grant_types=GRANTS)
    sign_out(silent, silent.tokens())
    assert run(platform) == NOTHING
    assert server.posts() == []


@pytest.mark.parametrize("status", [400, 404, 500, 201])
def test_n172_an_answer_that_is_none_puts_it_off_and_the_logout_stands(
    platform: Platform, person: SignIn, server: Server, site: RelyingParty, status: int
) -> None:
    site.status = status
    tokens = person.tokens()
    sign_out(person, tokens)
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert run(platform) == NOTHING | {"put_off": 1}
    assert run(platform) == NOTHING, "not before its time"
    platform.clock.advance(121)
    site.status = 204
    assert run(platform) == NOTHING | {"delivered": 1}
    first, second = map(claims_of, tokens_posted(server))
    assert first["jti"] != second["jti"]
    assert first["sid"] == second["sid"]


def test_n172_a_redirect_is_not_followed(
    platform: Platform, person: SignIn, server: Server, site: RelyingParty
) -> None:
    site.status, site.headers = 307, {"Location": f"{server.origin}/elsewhere"}
    sign_out(person, person.tokens())
    assert run(platform) == NOTHING | {"put_off": 1}
    assert server.posts("/elsewhere") == []


def test_n172_nobody_there_puts_it_off_and_at_last_it_is_given_up(
    platform: Platform, person: SignIn
) -> None:
    person.change_application(backchannel_logout_uri="http://localhost:1/backchannel")
    sign_out(person, person.tokens())
    outcomes = []
    for _ in range(8):
        outcomes.append(run(platform))
        platform.clock.advance(3 * 3600)
    assert [each["put_off"] for each in outcomes] == [1, 1, 1, 1, 1, 1, 0, 0]
    assert [each["given_up"] for each in outcomes] == [0, 0, 0, 0, 0, 0, 1, 0]


def test_after_a_day_it_is_given_up(platform: Platform, person: SignIn, server: Server) -> None:
    sign_out(person, person.tokens())
    platform.clock.advance(24 * 3600)
    assert run(platform) == NOTHING | {"given_up": 1}
    assert server.posts() == []


def test_an_address_that_was_taken_away_is_not_called(
    platform: Platform, person: SignIn, server: Server
) -> None:
    sign_out(person, person.tokens())
    person.change_application(backchannel_logout_uri="")
    assert run(platform) == NOTHING | {"dropped": 1}
    assert server.posts() == []


def test_a_private_address_is_never_called() -> None:
    """Also a name that leads to one; what a name says is judged after it was resolved."""
    for address in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "::1"):
        outbound = Outbound(resolve=lambda host, port, at=address: [at])  # type: ignore[misc]
        assert LogoutDelivery(outbound).post("https://rp.example.com/", {"logout_token": "x"}) == 0


# --- What else ends logins


def manage(person: SignIn, method: str, path: str, body: Any = None) -> None:
    answer = person.platform.manage(method, f"/identities/{person.identity.id}{path}", body)
    assert answer.status == 200, answer.text


def suspend(person: SignIn) -> None:
    manage(person, "PATCH", "", {"identity": {"status": "suspended"}})


def delete(person: SignIn) -> None:
    who = person.identity
    claim = keys.username(who.tenant_id, who.realm_id, who.username)
    person.platform.deployment.directory.put({**claim._asdict(), "identity_id": who.id})
    manage(person, "DELETE", "")


@pytest.mark.parametrize("end", [suspend, delete], ids=["suspended", "deleted"])
def test_every_login_of_a_person_who_is_suspended_or_deleted_is_told(
    platform: Platform, person: SignIn, server: Server, end: Any
) -> None:
    open_now = [person.tokens() for _ in range(2)]
    signed_out = person.tokens()
    sign_out(person, signed_out)
    run(platform)
    end(person)
    assert run(platform) == NOTHING | {"announced": 2, "delivered": 2}
    told = [claims_of(token)["sid"] for token in tokens_posted(server)[1:]]
    assert set(told) == {claims_of(tokens["id_token"])["sid"] for tokens in open_now}
    assert run(platform) == NOTHING


def test_a_sign_in_after_a_lifted_suspension_is_not_told_as_ended(
    platform: Platform, person: SignIn, server: Server
) -> None:
    before = person.tokens()
    suspend(person)
    manage(person, "PATCH", "", {"identity": {"status": "active"}})
    platform.clock.advance(1)
    after = person.tokens()
    assert run(platform) == NOTHING | {"announced": 1, "delivered": 1}
    (token,) = tokens_posted(server)
    assert claims_of(token)["sid"] == claims_of(before["id_token"])["sid"]
    assert person.userinfo(after["access_token"]).status == 200


@pytest.mark.parametrize(("method", "verb"), [("POST", ":revoke"), ("DELETE", "")])
def test_the_logins_of_a_passkey_that_is_revoked_or_deleted_are_told(
    platform: Platform, person: SignIn, server: Server, method: str, verb: str
) -> None:
    """From the management call to the application's own endpoint, and once."""
    tokens = person.tokens()
    person.end_passkey(method, verb)
    check_json(person.userinfo(tokens["access_token"]), 401, "invalid_token")
    assert run(platform) == NOTHING | {"announced": 1, "delivered": 1}
    (token,) = tokens_posted(server)
    identified = claims_of(tokens["id_token"])
    claims = verified(person, token)
    assert (claims["sid"], claims["sub"]) == (identified["sid"], identified["sub"])
    assert run(platform) == NOTHING


def end_by_id(person: SignIn, tokens: dict[str, Any]) -> None:
    who = f"principal_type=identity&principal_id={person.identity.id}"
    path = f"/applications/{person.application.id}/tokens"
    found = person.platform.manage("GET", f"{path}?{who}").json()["tokens"]
    (login,) = (each["id"] for each in found if each["token_type"] == "refresh")
    assert person.platform.manage("DELETE", f"{path}/{login}").status == 200
    assert person.platform.manage("DELETE", f"{path}/{login}").status == 404


def revoke_refresh_token(person: SignIn, tokens: dict[str, Any]) -> None:
    revoke_as_manager(person, tokens["refresh_token"])


def revoke_access_token(person: SignIn, tokens: dict[str, Any]) -> None:
    revoke_as_manager(person, tokens["access_token"])


def revoke_as_manager(person: SignIn, token: str) -> None:
    for _ in range(2):
        manager = person.platform.management_token(["tokens:delete"])
        url, form = f"{person.issuer}/revoke", {"token": token}
        answer = person.platform.call("POST", url, form=form, token=manager)
        assert answer.status == 200, answer.text


@pytest.mark.parametrize("end", [end_by_id, revoke_refresh_token, revoke_access_token])
def test_a_login_that_a_manager_ends_is_told_once(
    platform: Platform, person: SignIn, server: Server, end: Any
) -> None:
    """Who was not asked has to hear of it."""
    tokens = person.tokens()
    end(person, tokens)
    check_json(person.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert run(platform) == NOTHING | {"delivered": 1}
    (token,) = tokens_posted(server)
    assert claims_of(token)["sid"] == claims_of(tokens["id_token"])["sid"]


def test_a_login_that_its_own_client_ends_is_not_told(
    platform: Platform, person: SignIn, server: Server
) -> None:
    tokens = person.tokens()
    assert person.revoke(tokens["refresh_token"]).status == 200
    assert run(platform) == NOTHING


@pytest.mark.parametrize("end", [end_by_id, revoke_refresh_token])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_when_the_table_fails_a_manager_s_end_is_whole_or_not_at_all(
    platform: Platform, person: SignIn, server: Server, end: Any, moment: Any
) -> None:
    tokens = person.tokens()
    with fail_aws_call("TransactWriteItems", moment) as failed, pytest.raises(AssertionError):
        end(person, tokens)
    assert failed
    ended = person.refresh(tokens["refresh_token"]).status == 400
    assert run(platform)["delivered"] == int(ended) == int(moment == "after")


def test_a_second_suspension_during_a_run_is_told_by_the_next(
    platform: Platform, person: SignIn, server: Server
) -> None:
    """What the run has seen is done with; word that was left since then is not."""
    announced = AnnouncedEnds(composition.directory(), composition.grants())
    suspend(person)
    (seen,) = (each.what for each in announced.waiting("", 9))
    manage(person, "PATCH", "", {"identity": {"status": "active"}})
    platform.clock.advance(1)
    tokens = person.tokens()
    suspend(person)
    announced.remove(seen)
    assert run(platform) == NOTHING | {"announced": 1, "delivered": 1}
    (token,) = tokens_posted(server)
    assert claims_of(token)["sid"] == claims_of(tokens["id_token"])["sid"]


def test_of_somebody_with_more_logins_than_one_step_reads_each_is_told_once(
    platform: Platform, person: SignIn, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the run ends in between: the next goes on behind what is told."""
    monkeypatch.setattr(ended_sign_ins, "LOGINS_AT_ONCE", 2)
    open_now = [person.tokens() for _ in range(5)]
    suspend(person)
    steps = iter([True, False])
    assert wiring.ports().run(lambda: next(steps)).announced == 2
    assert run(platform) == NOTHING | {"announced": 3, "delivered": 5}
    told = [claims_of(token)["sid"] for token in tokens_posted(server)]
    assert sorted(told) == sorted(claims_of(tokens["id_token"])["sid"] for tokens in open_now)
    assert run(platform) == NOTHING


def test_a_second_end_while_the_first_is_half_told_begins_anew(
    platform: Platform, person: SignIn, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logins are told in the order of their hashes, and a newer one may stand before."""
    monkeypatch.setattr(ended_sign_ins, "LOGINS_AT_ONCE", 1)
    [person.tokens() for _ in range(2)]
    suspend(person)
    steps = iter([True, False])
    assert wiring.ports().run(lambda: next(steps)).announced == 1
    manage(person, "PATCH", "", {"identity": {"status": "active"}})
    platform.clock.advance(1)
    newer = [claims_of(person.tokens()["id_token"])["sid"] for _ in range(4)]
    suspend(person)
    run(platform)
    assert set(newer) < {claims_of(token)["sid"] for token in tokens_posted(server)}


@pytest.mark.parametrize("operation", ["PutItem", "BatchGetItem", "Query", "UpdateItem"])
def test_a_call_that_fails_is_heard_of_and_what_it_was_for_is_told_by_the_next_run(
    platform: Platform, person: SignIn, server: Server, operation: str
) -> None:
    person.tokens()
    suspend(person)
    with fail_aws_call(operation, "before") as failed, pytest.raises(Unavailable):
        run(platform)
    assert failed
    platform.clock.advance(121)
    run(platform)
    assert len(tokens_posted(server)) == 1
    assert run(platform) == NOTHING


def test_another_change_of_a_person_tells_nobody(
    platform: Platform, person: SignIn, server: Server
) -> None:
    person.tokens()
    manage(person, "PATCH", "", {"identity": {"display_name": "Grace Hopper"}})
    assert run(platform) == NOTHING


# --- AWS failing in the middle


def test_when_the_table_fails_nothing_is_ended_and_nothing_is_told(
    platform: Platform, person: SignIn, server: Server
) -> None:
    tokens = person.tokens()
    with fail_aws_call("TransactWriteItems", "before", times=9) as failed:
        answer = person.end_session(id_token_hint=tokens["id_token"])
    assert failed
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert person.userinfo(tokens["access_token"]).status == 200
    assert run(platform) == NOTHING
    sign_out(person, tokens)
    assert run(platform) == NOTHING | {"delivered": 1}


def test_a_notice_holds_no_secret_and_ends_by_itself(platform: Platform, person: SignIn) -> None:
    tokens = person.tokens()
    sign_out(person, tokens)
    grants = composition.grants()
    items = [
        item
        for shard in range(keys.LOGOUT_SHARDS)
        for item in grants.query("pk = :pk", {":pk": keys.logout_partition(shard)})[0]
    ]
    (item,) = items
    assert item["ttl"] > item["expires_at"] > platform.clock.now()
    shown = json.dumps(item, default=str)
    assert tokens["id_token"] not in shown


# --- Tokens and metadata


def test_t38_a_logout_token_is_no_hint_and_no_access_token(
    platform: Platform, person: SignIn, server: Server
) -> None:
    sign_out(person, person.tokens())
    run(platform)
    (token,) = tokens_posted(server)
    assert person.end_session(id_token_hint=token).status == 400
    check_json(person.userinfo(token), 401, "invalid_token")


def test_2_1_the_metadata_announces_it(platform: Platform, person: SignIn) -> None:
    url = f"{person.issuer}/.well-known/openid-configuration"
    found = platform.call("GET", url).json()
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
