"""RFC 9449: tokens that only the holder of a key can use. Cases N108 to N115.

The proofs are made with PyJWT; what is wrong with one is the only thing wrong with it.
"""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from keybound.domain.errors import Unavailable
from keybound.oauth.dpop import DpopProofs

from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.client_signatures import (
    ALGORITHMS,
    Assertions,
    ClientKey,
    Prover,
    access_token_hash,
    thumbprint,
)
from tests.support.oauth_answers import check_json, redirected
from tests.support.platform import Answer, Platform
from tests.support.sign_in import INVOKE_URL, REDIRECT_URI, SECRET, VERIFIER, SignIn, new_sign_in
from tests.support.table_state import logins, stored

GRANTS = ("authorization_code", "client_credentials", "refresh_token")
OTHER = ClientKey("other")


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))


@pytest.fixture(scope="module")
def public(platform: Platform) -> SignIn:
    return new_sign_in(
        platform,
        grant_types=("authorization_code", "refresh_token"),
        confidentiality="public",
        client_secret_hash="",
    )


@pytest.fixture(autouse=True)
def present(platform: Platform) -> Iterator[None]:
    yield
    platform.clock.reset()


def prover(person: SignIn, key: ClientKey | None = None) -> Prover:
    made = Prover(person, key or ClientKey())
    made.learn()
    return made


def client_form(person: SignIn, **members: str) -> dict[str, str]:
    secret = {} if person.application.is_public else {"client_secret": SECRET}
    return {"client_id": person.application.client_id, **secret, **members}


def credentials(person: SignIn, dpop: str | None) -> Answer:
    headers = {"dpop": dpop} if dpop is not None else {}
    return person.token(client_form(person, grant_type="client_credentials"), headers)


def redeem(person: SignIn, code: str, dpop: str | None) -> Answer:
    form = client_form(
        person,
        grant_type="authorization_code",
        code=code,
        redirect_uri=REDIRECT_URI,
        code_verifier=VERIFIER,
    )
    return person.token(form, {"dpop": dpop} if dpop is not None else {})


def refresh(person: SignIn, token: str, dpop: str | None) -> Answer:
    form = client_form(person, grant_type="refresh_token", refresh_token=token)
    return person.token(form, {"dpop": dpop} if dpop is not None else {})


def good(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def unverified(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def userinfo(person: SignIn, headers: dict[str, str], method: str = "GET") -> Answer:
    return person.platform.call(method, f"{person.issuer}/userinfo", headers=headers)


# §5, §6: what a good proof brings -----------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_5_a_proof_binds_the_token_to_its_key(person: SignIn, alg: str) -> None:
    """§5, §6.1; RFC 7638 for the thumbprint."""
    mine = prover(person, ClientKey(alg=alg))
    answer = redeem(person, person.code(), mine.proof())
    tokens = good(answer)
    assert tokens["token_type"] == "DPoP"
    assert unverified(tokens["access_token"])["cnf"] == {"jkt": thumbprint(mine.key.jwk)}
    assert "cnf" not in unverified(tokens["id_token"])
    assert answer.headers["dpop-nonce"]
    assert userinfo(person, mine.for_userinfo(tokens["access_token"])).status == 200


def test_5_without_a_proof_everything_is_as_before(person: SignIn) -> None:
    answer = credentials(person, None)
    assert good(answer)["token_type"] == "Bearer"
    assert "cnf" not in unverified(answer.json()["access_token"])
    assert "dpop-nonce" not in answer.headers


def test_5_every_grant_binds(person: SignIn) -> None:
    mine = prover(person)
    first = good(credentials(person, mine.proof()))
    assert unverified(first["access_token"])["cnf"] == {"jkt": mine.jkt}
    tokens = good(redeem(person, person.code(), mine.proof()))
    again = good(refresh(person, tokens["refresh_token"], mine.proof()))
    assert again["token_type"] == "DPoP"
    assert unverified(again["access_token"])["cnf"] == {"jkt": mine.jkt}


def test_6_2_introspection_shows_the_binding(person: SignIn) -> None:
    mine = prover(person)
    token = good(redeem(person, person.code(), mine.proof()))["access_token"]
    said = person.introspect(token).json()
    assert (said["active"], said["token_type"]) == (True, "DPoP")
    assert said["cnf"] == {"jkt": mine.jkt}


def test_5_2_an_application_may_demand_proofs(platform: Platform) -> None:
    """`dpop_bound_access_tokens`: no grant without one, and no code is spent for nothing."""
    person = new_sign_in(platform, grant_types=GRANTS, dpop_bound_access_tokens=True)
    code = person.code()
    check_json(redeem(person, code, None), 400, "invalid_dpop_proof")
    check_json(credentials(person, None), 400, "invalid_dpop_proof")
    mine = prover(person)
    tokens = good(redeem(person, code, mine.proof()))
    check_json(refresh(person, tokens["refresh_token"], None), 400, "invalid_dpop_proof")
    assert refresh(person, tokens["refresh_token"], mine.proof()).status == 200


# §4.3: proofs that prove nothing ------------------------------------------------------------------


def private_jwk(key: ClientKey) -> dict[str, Any]:
    return dict(ECAlgorithm.to_jwk(key.private, as_dict=True))


def by_hand(mine: Prover, header: dict[str, Any], signature: str = "AAAA") -> str:
    parts = ({"typ": "dpop+jwt", "jwk": mine.key.jwk} | header, mine.claims())
    texts = (base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts)
    return ".".join([*(text.decode() for text in texts), signature])


P384 = dict(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True))
BAD_PROOFS: dict[str, Callable[[Prover], str]] = {
    "N108 two headers": lambda p: f"{p.proof()},{p.proof()}",
    "N108 no JWT": lambda p: "x",
    "N108 two parts": lambda p: p.proof().rpartition(".")[0],
    "N108 no typ": lambda p: p.proof({"typ": None}),
    "N108 typ JWT": lambda p: p.proof({"typ": "JWT"}),
    "N108 typ of an access token": lambda p: p.proof({"typ": "at+jwt"}),
    "N108 alg none": lambda p: by_hand(p, {"alg": "none"}, ""),
    "N108 alg HS256": lambda p: by_hand(p, {"alg": "HS256"}),
    "N108 alg missing": lambda p: by_hand(p, {}),
    "N108 alg of another kind of key": lambda p: by_hand(p, {"alg": "RS256"}),
    "N108 no jwk": lambda p: p.proof({"jwk": None}),
    "N108 jwk no object": lambda p: by_hand(p, {"alg": "ES256", "jwk": "x"}),
    "N108 jwk symmetric": lambda p: by_hand(p, {"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}),
    "N108 private jwk": lambda p: p.proof({"jwk": private_jwk(p.key)}),
    "N108 another curve": lambda p: by_hand(p, {"alg": "ES256", "jwk": P384}),
    "N108 another's jwk": lambda p: p.proof({"jwk": OTHER.jwk}),
    "N108 signature wrong": lambda p: p.proof()[:-6] + "AAAAAA",
    "crit": lambda p: p.proof({"crit": ["x"], "x": 1}),
    "endless": lambda p: "a" * 9000,
    "N109 jti missing": lambda p: p.proof(jti=None),
    "N109 jti empty": lambda p: p.proof(jti=""),
    "N109 jti too long": lambda p: p.proof(jti="j" * 256),
    "N109 jti half a character": lambda p: p.proof(jti="\ud800"),
    "N109 htm missing": lambda p: p.proof(htm=None),
    "N109 htm PUT": lambda p: p.proof(htm="PUT"),
    "N109 htm in lower case": lambda p: p.proof(htm="post"),
    "N109 htu missing": lambda p: p.proof(htu=None),
    "N109 htu of another endpoint": lambda p: p.proof(htu=f"{p.person.issuer}/userinfo"),
    "N109 htu of another host": lambda p: p.proof(htu="https://evil.example.com/token"),
    "N109 htu of another path case": lambda p: p.proof(htu=f"{p.person.issuer}/TOKEN"),
    "N109 htu with a user": lambda p: p.proof(
        htu=p.person.issuer.replace("://", "://a@") + "/token"
    ),
    "N109 htu unreadable": lambda p: p.proof(htu="http://[::1/token"),
    "N109 htu with a port that is none": lambda p: p.proof(htu="http://localhost:99999/token"),
    "N109 htu no text": lambda p: p.proof(htu=7),
    "N109 iat missing": lambda p: p.proof(iat=None),
    "N109 iat an hour ago": lambda p: p.proof(iat=p.person.platform.clock.now() - 3600),
    "N109 iat in an hour": lambda p: p.proof(iat=p.person.platform.clock.now() + 3600),
    "N109 iat no time": lambda p: p.proof(iat="now"),
}


@pytest.mark.parametrize("case", BAD_PROOFS)
def test_n108_n109_at_the_token_endpoint_nothing_is_spent(person: SignIn, case: str) -> None:
    mine = prover(person)
    code = person.code()
    dpop = BAD_PROOFS[case](mine)
    before = stored()
    check_json(redeem(person, code, dpop), 400, "invalid_dpop_proof")
    assert stored() == before


@pytest.fixture(scope="module")
def bound(person: SignIn) -> tuple[Prover, str]:
    """A key, and an access token bound to it."""
    mine = prover(person)
    return mine, str(good(redeem(person, person.code(), mine.proof()))["access_token"])


@pytest.mark.parametrize("case", BAD_PROOFS)
def test_n108_n109_at_userinfo(person: SignIn, bound: tuple[Prover, str], case: str) -> None:
    _, token = bound
    headers = {"authorization": f"DPoP {token}", "dpop": BAD_PROOFS[case](prover(person))}
    refused_at_userinfo(userinfo(person, headers), "invalid_dpop_proof")


def refused_at_userinfo(answer: Answer, error: str) -> None:
    """§7.1: what was wrong, and the algorithms, in the challenge of the scheme DPoP."""
    check_json(answer, 401, error)
    algorithms = " ".join(ALGORITHMS)
    assert answer.headers["www-authenticate"] == f'DPoP error="{error}", algs="{algorithms}"'


def test_an_endless_exponent_is_no_key(person: SignIn) -> None:
    mine = prover(person, ClientKey(alg="RS256"))
    wide = mine.key.jwk | {"e": mine.key.jwk["n"]}
    check_json(credentials(person, mine.proof({"jwk": wide})), 400, "invalid_dpop_proof")


def test_4_3_htu_is_compared_without_query_and_in_normal_form(person: SignIn) -> None:
    """Step 9; RFC 3986 §6.2.2, §6.2.3. What a caller writes into Host changes nothing."""
    mine = prover(person)
    url = f"{person.issuer}/token"
    for htu in (f"{url}?a=b", f"{url}#c", url.replace("http://localhost", "HTTP://LOCALHOST")):
        assert credentials(person, mine.proof(htu=htu)).status == 200, htu
    evil = {"dpop": mine.proof(htu="https://evil.example.com/token"), "host": "evil.example.com"}
    answer = person.token(client_form(person, grant_type="client_credentials"), evil)
    check_json(answer, 400, "invalid_dpop_proof")


def test_n112_a_proof_is_used_once(person: SignIn, bound: tuple[Prover, str]) -> None:
    """§11.1, at both endpoints."""
    mine = prover(person)
    dpop = mine.proof()
    assert credentials(person, dpop).status == 200
    check_json(credentials(person, dpop), 400, "invalid_dpop_proof")
    key, token = bound
    key.learn()
    headers = key.for_userinfo(token)
    assert userinfo(person, headers).status == 200
    refused_at_userinfo(userinfo(person, headers), "invalid_dpop_proof")


# §8, §9: nonces -----------------------------------------------------------------------------------


BAD_NONCES = {"none": None, "of nobody": "n-0S6_WzA2Mj", "empty": "", "no text": 7}


@pytest.mark.parametrize("case", BAD_NONCES)
def test_n115_a_nonce_is_demanded_and_told(person: SignIn, case: str) -> None:
    mine = Prover(person)
    code = person.code()
    before = stored()
    answer = redeem(person, code, mine.proof(nonce=BAD_NONCES[case]))
    check_json(answer, 400, "use_dpop_nonce")
    assert stored() == before
    mine.nonce = answer.headers["dpop-nonce"]
    assert redeem(person, code, mine.proof()).status == 200


@pytest.mark.parametrize("case", BAD_NONCES)
def test_n115_at_userinfo_too(person: SignIn, bound: tuple[Prover, str], case: str) -> None:
    mine, token = bound
    answer = userinfo(person, mine.for_userinfo(token, nonce=BAD_NONCES[case]))
    refused_at_userinfo(answer, "use_dpop_nonce")
    told = answer.headers["dpop-nonce"]
    answer = userinfo(person, mine.for_userinfo(token, nonce=told))
    assert answer.status == 200
    assert answer.headers["dpop-nonce"]


def test_n115_a_nonce_ends(platform: Platform, person: SignIn) -> None:
    mine = prover(person)
    platform.clock.advance(299)
    assert credentials(person, mine.proof()).status == 200
    platform.clock.advance(1)
    check_json(credentials(person, mine.proof()), 400, "use_dpop_nonce")


def test_8_a_nonce_is_no_other_sealed_thing(person: SignIn, bound: tuple[Prover, str]) -> None:
    """What we seal for other uses is no nonce."""
    mine, token = bound
    for sealed in (unverified(token)["locator"], person.code().partition(".")[0]):
        check_json(credentials(person, mine.proof(nonce=sealed)), 400, "use_dpop_nonce")


def test_8_a_missing_nonce_spends_no_client_assertion(platform: Platform) -> None:
    key = ClientKey("client", kid="k1")
    person = new_sign_in(
        platform,
        grant_types=GRANTS,
        token_endpoint_auth_method="private_key_jwt",
        jwks=key.jwks,
        client_secret_hash="",
    )
    mine = Prover(person)
    form = {"grant_type": "client_credentials", **Assertions(person, key).form()}
    answer = person.token(form, {"dpop": mine.proof(nonce=None)})
    check_json(answer, 400, "use_dpop_nonce")
    mine.nonce = answer.headers["dpop-nonce"]
    assert person.token(form, {"dpop": mine.proof()}).status == 200


def test_8_2_scripts_may_read_nonce_and_challenge(public: SignIn) -> None:
    """Fetch standard: without Access-Control-Expose-Headers a browser hides them."""
    origin = {"origin": "https://app.example.com"}
    preflight = public.platform.call(
        "OPTIONS",
        f"{public.issuer}/token",
        headers={**origin, "access-control-request-method": "POST"},
    )
    assert "dpop" in preflight.headers["access-control-allow-headers"]
    answer = public.token({"grant_type": "x"}, {**origin, "dpop": Prover(public).proof()})
    check_json(answer, 400, "use_dpop_nonce")
    assert answer.headers["access-control-allow-origin"] == origin["origin"]
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    assert set(exposed) == {"dpop-nonce", "www-authenticate"}


# §7: presenting bound tokens ----------------------------------------------------------------------


def test_n113_a_bound_token_is_no_bearer_token(person: SignIn, bound: tuple[Prover, str]) -> None:
    mine, token = bound
    refused_at_userinfo(person.userinfo(token), "invalid_token")
    proof = mine.for_userinfo(token)["dpop"]
    headers = {"authorization": f"Bearer {token}", "dpop": proof}
    refused_at_userinfo(userinfo(person, headers), "invalid_token")


def test_7_1_a_bearer_token_is_not_bound_by_a_proof(person: SignIn) -> None:
    token = str(good(redeem(person, person.code(), None))["access_token"])
    refused_at_userinfo(userinfo(person, prover(person).for_userinfo(token)), "invalid_token")


def test_n111_only_the_tokens_own_key_opens_it(person: SignIn, bound: tuple[Prover, str]) -> None:
    _, token = bound
    thief = prover(person, OTHER)
    refused_at_userinfo(userinfo(person, thief.for_userinfo(token)), "invalid_token")


def test_n111_a_proof_is_for_one_token(person: SignIn, bound: tuple[Prover, str]) -> None:
    mine, token = bound
    mine.learn()
    other = str(good(credentials(person, mine.proof()))["access_token"])
    for ath in (None, "", "x", 7, access_token_hash(other)):
        answer = userinfo(person, mine.for_userinfo(token, ath=ath))
        refused_at_userinfo(answer, "invalid_dpop_proof")


def test_7_1_the_scheme_needs_a_proof_and_is_read_in_any_case(
    person: SignIn, bound: tuple[Prover, str]
) -> None:
    mine, token = bound
    mine.learn()
    answer = userinfo(person, {"authorization": f"DPoP {token}"})
    refused_at_userinfo(answer, "invalid_dpop_proof")
    headers = mine.for_userinfo(token) | {"authorization": f"dpop {token}"}
    assert userinfo(person, headers).status == 200


def test_7_1_post_and_head_are_proved_by_their_own_names(
    person: SignIn, bound: tuple[Prover, str]
) -> None:
    mine, token = bound
    mine.learn()
    for method in ("POST", "HEAD"):
        headers = mine.for_userinfo(token, htm=method)
        assert userinfo(person, headers, method).status == 200
    assert userinfo(person, mine.for_userinfo(token), "POST").status == 401


def test_the_management_api_takes_no_bound_token(platform: Platform) -> None:
    """It asks for no proof, so a bound token would be a bearer token there."""
    claims = platform.management_claims()
    bound_claims = claims | {"cnf": {"jkt": ClientKey("x").jwk["x"]}}
    for said, status in ((claims, 200), (bound_claims, 401)):
        token = platform.sign(said)
        answer = platform.call("GET", f"{platform.realm_path}/applications", token=token)
        assert answer.status == status


# §5: refresh tokens -------------------------------------------------------------------------------


def test_5_a_public_clients_refresh_token_needs_its_key(public: SignIn) -> None:
    mine, thief = prover(public), prover(public, OTHER)
    first = good(redeem(public, public.code(), mine.proof()))["refresh_token"]
    before = stored()
    check_json(refresh(public, first, None), 400, "invalid_grant")
    assert logins_of(stored()) == logins_of(before), "nothing changed, nothing revoked"
    check_json(refresh(public, first, thief.proof()), 400, "invalid_grant")
    second = good(refresh(public, first, mine.proof()))["refresh_token"]
    check_json(refresh(public, first, thief.proof()), 400, "invalid_grant")
    assert refresh(public, second, mine.proof()).status == 200, "a stranger revokes nobody"


def logins_of(items: dict[tuple[str, str, str], Any]) -> list[Any]:
    return [item for (_, _, sk), item in items.items() if sk == "LOGIN"]


def test_5_the_grace_gives_the_same_answer_to_the_same_key(public: SignIn) -> None:
    mine = prover(public)
    first = good(redeem(public, public.code(), mine.proof()))["refresh_token"]
    answers = [good(refresh(public, first, mine.proof())) for _ in range(2)]
    assert answers[0]["refresh_token"] == answers[1]["refresh_token"]
    jtis = {unverified(answer["access_token"])["jti"] for answer in answers}
    assert len(jtis) == 1


def test_5_a_public_family_is_bound_from_its_first_proof_on(public: SignIn) -> None:
    first = good(redeem(public, public.code(), None))["refresh_token"]
    mine = prover(public)
    second = good(refresh(public, first, mine.proof()))["refresh_token"]
    check_json(refresh(public, second, None), 400, "invalid_grant")
    assert refresh(public, second, mine.proof()).status == 200


def test_5_a_confidential_client_may_change_its_key(person: SignIn) -> None:
    """It authenticates, so its refresh tokens are not bound; the access tokens are."""
    mine, next_key = prover(person), prover(person, OTHER)
    first = good(redeem(person, person.code(), mine.proof()))["refresh_token"]
    tokens = good(refresh(person, first, next_key.proof()))
    assert unverified(tokens["access_token"])["cnf"] == {"jkt": next_key.jkt}
    check_json(refresh(person, first, mine.proof()), 400, "invalid_request")


# §10: codes ---------------------------------------------------------------------------------------


def test_n114_a_code_may_be_bound_to_a_key(person: SignIn) -> None:
    mine, thief = prover(person), prover(person, OTHER)
    code = person.code(dpop_jkt=mine.jkt)
    for dpop in (None, thief.proof()):
        check_json(redeem(person, code, dpop), 400, "invalid_grant")
    assert redeem(person, code, mine.proof()).status == 200


def test_n114_a_repeat_by_another_key_revokes_nobody(person: SignIn) -> None:
    mine, thief = prover(person), prover(person, OTHER)
    code = person.code(dpop_jkt=mine.jkt)
    token = str(good(redeem(person, code, mine.proof()))["access_token"])
    check_json(redeem(person, code, thief.proof()), 400, "invalid_grant")
    assert userinfo(person, mine.for_userinfo(token)).status == 200
    check_json(redeem(person, code, mine.proof()), 400, "invalid_grant")
    assert userinfo(person, mine.for_userinfo(token)).status == 401


@pytest.mark.parametrize("jkt", ["x", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + " "])
def test_10_a_dpop_jkt_that_is_no_thumbprint(person: SignIn, jkt: str) -> None:
    answer = person.authorize(dpop_jkt=jkt)
    assert redirected(answer)["error"] == "invalid_request"


def test_10_a_dpop_jkt_travels_sealed(person: SignIn) -> None:
    answer = person.authorize(dpop_jkt=thumbprint(ClientKey().jwk))
    assert thumbprint(ClientKey().jwk) not in answer.headers["location"]
    assert answer.headers["location"].startswith(INVOKE_URL)


# §10.1: pushed requests ---------------------------------------------------------------------------


def push(person: SignIn, dpop: str, **changes: str | None) -> Answer:
    form = person.parameters(**({"client_secret": SECRET} | changes))
    return person.platform.call("POST", f"{person.issuer}/par", form=form, headers={"dpop": dpop})


def pushed_code(person: SignIn, answer: Answer) -> str:
    assert answer.status == 201, answer.text
    location = person.authorize_pushed(answer.json()["request_uri"]).headers["location"]
    request = parse_qs(urlsplit(location).query)["request"][0]
    url = person.authenticate(request).json()["redirect_url"]
    return parse_qs(urlsplit(url).query)["code"][0]


def test_10_1_the_proof_of_a_pushed_request_binds_its_code(person: SignIn) -> None:
    mine, thief = prover(person), prover(person, OTHER)
    answer = push(person, mine.proof(htu=f"{person.issuer}/par"))
    code = pushed_code(person, answer)
    for dpop in (None, thief.proof()):
        check_json(redeem(person, code, dpop), 400, "invalid_grant")
    mine.nonce = answer.headers["dpop-nonce"]
    assert redeem(person, code, mine.proof()).status == 200


def test_10_1_a_pushed_dpop_jkt_binds_too(person: SignIn) -> None:
    mine = prover(person)
    code = pushed_code(person, person.push(dpop_jkt=mine.jkt))
    for dpop in (None, prover(person, OTHER).proof()):
        check_json(redeem(person, code, dpop), 400, "invalid_grant")
    assert redeem(person, code, mine.proof()).status == 200


def test_10_1_the_two_may_agree_and_must_not_differ(person: SignIn) -> None:
    mine, at = prover(person), f"{person.issuer}/par"
    assert push(person, mine.proof(htu=at), dpop_jkt=mine.jkt).status == 201
    before = stored()
    other = prover(person, OTHER).jkt
    check_json(push(person, mine.proof(htu=at), dpop_jkt=other), 400, "invalid_request")
    assert stored() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"htu": None}, "invalid_dpop_proof"),
        ({"htu": "https://auth.example.com/elsewhere/par"}, "invalid_dpop_proof"),
        ({"htm": "GET"}, "invalid_dpop_proof"),
        ({"nonce": None}, "use_dpop_nonce"),
        ({"nonce": "x"}, "use_dpop_nonce"),
    ],
    ids=str,
)
def test_10_1_a_pushed_request_with_a_bad_proof_is_not_stored(
    person: SignIn, changes: dict[str, Any], error: str
) -> None:
    mine, before = prover(person), stored()
    answer = push(person, mine.proof(**({"htu": f"{person.issuer}/par"} | changes)))
    check_json(answer, 400, error)
    assert ("dpop-nonce" in answer.headers) == (error == "use_dpop_nonce")
    assert stored() == before


def test_10_1_a_proof_is_used_once_here_too(person: SignIn) -> None:
    dpop = prover(person).proof(htu=f"{person.issuer}/par")
    assert push(person, dpop).status == 201
    check_json(push(person, dpop), 400, "invalid_dpop_proof")


def test_10_1_a_missing_nonce_spends_no_client_assertion_at_par(platform: Platform) -> None:
    key = ClientKey("client", kid="k1")
    signer = new_sign_in(
        platform,
        client_secret_hash="",
        token_endpoint_auth_method="private_key_jwt",
        jwks=key.jwks,
    )
    mine, form = Prover(signer), Assertions(signer, key).form()
    at = f"{signer.issuer}/par"
    refused = push(signer, mine.proof(htu=at, nonce=None), client_secret=None, **form)
    check_json(refused, 400, "use_dpop_nonce")
    mine.nonce = refused.headers["dpop-nonce"]
    assert push(signer, mine.proof(htu=at), client_secret=None, **form).status == 201


# What it costs, and AWS failing -------------------------------------------------------------------


def test_a_proof_costs_one_write_more(person: SignIn, bound: tuple[Prover, str]) -> None:
    mine = prover(person)
    dpop = mine.proof()
    assert credentials(person, mine.proof()).status == 200
    with count_aws_calls() as calls:
        assert credentials(person, dpop).status == 200
    (put,) = [call for call in calls if call.operation == "PutItem"]
    assert put.params["ConditionExpression"] == "attribute_not_exists(pk) OR expires_at < :now"
    with count_aws_calls() as calls:
        check_json(credentials(person, mine.proof(nonce=None)), 400, "use_dpop_nonce")
    assert [c.operation for c in calls if c.service == "dynamodb" and "Put" in c.operation] == []


def test_when_no_nonce_can_be_made_no_code_is_spent(
    person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that seals nonces may be out of reach just then."""
    mine, code = prover(person), person.code()

    def failing(_: DpopProofs) -> str:
        raise Unavailable(detail="kms")

    with monkeypatch.context() as broken:
        broken.setattr(DpopProofs, "new_nonce", failing)
        check_json(redeem(person, code, mine.proof()), 503, "temporarily_unavailable")
    assert redeem(person, code, mine.proof()).status == 200


def test_when_the_write_fails_no_code_is_spent(person: SignIn) -> None:
    mine = prover(person)
    code = person.code()
    with fail_aws_call("PutItem", "before", times=5) as failed:
        check_json(redeem(person, code, mine.proof()), 503, "temporarily_unavailable")
    assert failed
    assert redeem(person, code, mine.proof()).status == 200


def test_when_the_answer_of_the_write_is_lost_the_client_proves_again(person: SignIn) -> None:
    mine = prover(person)
    with fail_aws_call("PutItem", "after") as failed:
        answer = credentials(person, mine.proof())
    assert failed
    check_json(answer, 503, "temporarily_unavailable")
    assert credentials(person, mine.proof()).status == 200


def test_logins_say_what_they_are_bound_to(person: SignIn) -> None:
    mine = prover(person)
    before = len(logins())
    person.code(dpop_jkt=mine.jkt)
    (made,) = [item for item in logins() if item.get("dpop_jkt", {}).get("S") == mine.jkt][-1:]
    assert len(logins()) == before + 1
    assert "jkt" not in made.get("family", {}).get("M", {})


def test_discovery_announces_the_algorithms(person: SignIn, public: SignIn) -> None:
    """§5.1: no symmetric one, and never none."""
    for one in (person, public):
        url = f"{one.issuer}/.well-known/openid-configuration"
        document = one.platform.call("GET", url).json()
        assert document["dpop_signing_alg_values_supported"] == list(ALGORITHMS)
