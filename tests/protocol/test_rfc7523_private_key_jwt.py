"""RFC 7523 §3, RFC 7521 §4.2, OpenID Connect Core §9: clients that sign who they are.

Case N77, its neighbours, and the bounds that FAPI 2.0 §5.3.2.1 sets.
"""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from keybound.domain.secrets import hash_secret
from keybound.edge.outbound import Answer as Published
from keybound.edge.outbound import Failed, Outbound

from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.client_signatures import (
    ALGORITHMS,
    Assertions,
    ClientKey,
    asserted,
    assertion_claims,
)
from tests.support.log_lines import captured_log
from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_sign_in
from tests.support.table_state import stored

GRANTS = ("authorization_code", "client_credentials", "refresh_token")
KEY = ClientKey(kid="k1")
OTHER = ClientKey(name="other", kid="k2")
CREDENTIALS = {"grant_type": "client_credentials"}


def signing_client(platform: Platform, key: ClientKey = KEY, **changes: Any) -> SignIn:
    """An application that is registered for private_key_jwt."""
    settings = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key.jwks,
        "client_secret_hash": "",
        "grant_types": GRANTS,
        "allowed_scopes": ("orders",),
        **changes,
    }
    return new_sign_in(platform, **settings)


@pytest.fixture(scope="module")
def client(platform: Platform) -> SignIn:
    return signing_client(platform)


@pytest.fixture
def sign(client: SignIn) -> Assertions:
    return Assertions(client, KEY)


def own(client: SignIn, **changes: Any) -> dict[str, str]:
    return {**CREDENTIALS, **Assertions(client, KEY).form(**changes)}


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_announced_algorithm_authenticates(platform: Platform, alg: str) -> None:
    key = ClientKey(alg=alg, kid="k1")
    person = signing_client(platform, key)
    assert person.token(CREDENTIALS | Assertions(person, key).form()).status == 200


def test_the_client_id_may_come_too_and_must_then_be_right(client: SignIn) -> None:
    """RFC 7521 §4.2."""
    client_id = client.application.client_id
    assert client.token(own(client) | {"client_id": client_id}).status == 200
    check_json(client.token(own(client) | {"client_id": "another"}), 401, "invalid_client")


def test_every_endpoint_for_clients_takes_assertions(client: SignIn, sign: Assertions) -> None:
    """Token with each grant, introspection of issuer and realm, revocation."""
    none: dict[str, str | None] = {"client_id": None, "client_secret": None}
    first = client.redeem(client.code(scope="openid"), **(none | sign.form()))
    assert first.status == 200, first.text
    refreshed = client.refresh(first.json()["refresh_token"], **(none | sign.form()))
    assert refreshed.status == 200, refreshed.text
    token = refreshed.json()["access_token"]
    realm = f"{client.platform.auth_base_url}{client.platform.realm_path}/introspect"
    for endpoint in ("", realm):
        answer = client.introspect(token, at=endpoint, **(none | sign.form()))
        assert answer.json()["active"] is True
    assert client.revoke(token, **(none | sign.form())).status == 200
    answer = client.introspect(token, **(none | sign.form()))
    assert answer.json() == {"active": False}


WRONG_CLAIMS: dict[str, Callable[[SignIn], dict[str, Any]]] = {
    "aud: another issuer": lambda p: {"aud": p.issuer + "x"},
    "aud: the token endpoint": lambda p: {"aud": p.issuer + "/token"},
    "aud: a list, even of the issuer": lambda p: {"aud": [p.issuer]},
    "aud: a list with the issuer": lambda p: {"aud": [p.issuer, "https://other.example.com"]},
    "aud: missing": lambda p: {"aud": None},
    "iss: another": lambda p: {"iss": "another"},
    "iss: missing": lambda p: {"iss": None},
    "sub: not the iss": lambda p: {"sub": "another"},
    "sub: missing": lambda p: {"sub": None},
    "jti: missing": lambda p: {"jti": None},
    "jti: empty": lambda p: {"jti": ""},
    "jti: a number": lambda p: {"jti": 7},
    "jti: too long": lambda p: {"jti": "j" * 256},
    "jti: a lone surrogate": lambda p: {"jti": "\ud800"},
    "exp: missing": lambda p: {"exp": None},
    "exp: now": lambda p: {"exp": p.platform.clock.now()},
    "exp: in six minutes": lambda p: {"exp": p.platform.clock.now() + 360},
    "exp: a text": lambda p: {"exp": "soon"},
    "exp: true": lambda p: {"exp": True},
    "exp: beyond all numbers": lambda p: {"exp": 10**40},
    "nbf: in a minute": lambda p: {"nbf": p.platform.clock.now() + 60},
    "iat: in a minute": lambda p: {"iat": p.platform.clock.now() + 60},
    "iat: a text": lambda p: {"iat": "now"},
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
def test_n77_wrong_claims_are_no_client_and_change_nothing(client: SignIn, case: str) -> None:
    sent = own(client, **WRONG_CLAIMS[case](client))
    before = stored()
    check_json(client.token(sent), 401, "invalid_client")
    assert stored() == before


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join(
        [*(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts), signature]
    )


def hs256_with_the_public_key(client: SignIn) -> str:
    """By hand: PyJWT refuses to do it."""
    signed = unsigned({"alg": "HS256", "kid": "k1"}, assertion_claims(client))
    tag = hmac.digest(json.dumps(KEY.jwk).encode(), signed.rstrip(".").encode(), "sha256")
    return signed + base64.urlsafe_b64encode(tag).rstrip(b"=").decode()


FORGED: dict[str, Callable[[SignIn], str]] = {
    "N77 alg none": lambda c: unsigned({"alg": "none", "kid": "k1"}, assertion_claims(c)),
    "N77 HS256 with the public key": hs256_with_the_public_key,
    "N77 kid of another client": lambda c: OTHER.sign(assertion_claims(c)),
    "another's key under our kid": lambda c: ClientKey("other", kid="k1").sign(assertion_claims(c)),
    "key in the header": lambda c: OTHER.sign(assertion_claims(c), {"jwk": OTHER.jwk, "kid": "k1"}),
    "jku in the header": lambda c: OTHER.sign(
        assertion_claims(c), {"jku": "https://evil.example.com/jwks", "kid": "k1"}
    ),
    "crit": lambda c: KEY.sign(assertion_claims(c), {"crit": ["x"], "x": 1}),
    "an access token's typ": lambda c: KEY.sign(assertion_claims(c), {"typ": "at+jwt"}),
    "a proof's typ": lambda c: KEY.sign(assertion_claims(c), {"typ": "dpop+jwt"}),
    "typ is no text": lambda c: KEY.sign(assertion_claims(c), {"typ": 1}),
    "damaged": lambda c: KEY.sign(assertion_claims(c))[:-4] + "AAAA",
    "no JWS": lambda c: "x",
    "JSON, not compact": lambda c: "{}",
    "endless": lambda c: "a" * 9000,
    "RS256 named for an EC key": lambda c: unsigned(
        {"alg": "RS256", "kid": "k1"}, assertion_claims(c), "AAAA"
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_n77_what_the_client_did_not_sign_is_no_client(client: SignIn, case: str) -> None:
    """T38."""
    sent = CREDENTIALS | asserted(FORGED[case](client))
    with count_aws_calls() as calls:
        answer = client.token(sent)
    check_json(answer, 401, "invalid_client")
    assert [call for call in calls if call.operation == "PutItem"] == []


def test_our_own_tokens_are_no_assertions(platform: Platform, client: SignIn) -> None:
    """T38: an access token or ID token, whatever it says."""
    for typ in ("at+jwt", "JWT"):
        forged = platform.sign(assertion_claims(client), typ=typ)
        check_json(client.token(CREDENTIALS | asserted(forged)), 401, "invalid_client")


def test_n77_an_assertion_is_used_once(client: SignIn) -> None:
    """RFC 7523 §3 (7); at every endpoint, since it is one authentication."""
    sent = own(client)
    assert client.token(sent).status == 200
    check_json(client.token(sent), 401, "invalid_client")
    about = {"token": "x", **{k: v for k, v in sent.items() if k != "grant_type"}}
    for endpoint in ("revoke", "introspect"):
        url = f"{client.issuer}/{endpoint}"
        check_json(client.platform.call("POST", url, form=about), 401, "invalid_client")


def test_the_same_jti_is_two_things_for_two_clients_and_after_its_time(
    platform: Platform, client: SignIn
) -> None:
    other = signing_client(platform)
    assert client.token(own(client, jti="same")).status == 200
    assert other.token(own(other, jti="same")).status == 200
    check_json(client.token(own(client, jti="same")), 401, "invalid_client")
    platform.clock.advance(61)
    assert client.token(own(client, jti="same")).status == 200, "TTL need not have swept"
    platform.clock.reset()


def test_another_clients_assertion_opens_nothing_here(platform: Platform, client: SignIn) -> None:
    other = signing_client(platform)
    check_json(client.token(own(other)), 401, "invalid_client")
    audience = client.issuer
    check_json(client.token(own(other, aud=audience)), 401, "invalid_client")


def test_n57_no_downgrade_to_a_secret(platform: Platform) -> None:
    """Not even when a hash of a secret is stored."""
    person = signing_client(platform, client_secret_hash=hash_secret(SECRET))
    client_id = person.application.client_id
    secret = {**CREDENTIALS, "client_id": client_id, "client_secret": SECRET}
    check_json(person.token(secret), 401, "invalid_client")
    basic = base64.b64encode(f"{client_id}:{SECRET}".encode()).decode()
    header = {"authorization": f"Basic {basic}"}
    check_json(person.token(CREDENTIALS, header), 401, "invalid_client")
    check_json(person.token({**CREDENTIALS, "client_id": client_id}), 401, "invalid_client")


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_n57_other_clients_have_no_assertions(platform: Platform, kind: str) -> None:
    """Even with keys left over from somewhere."""
    person = new_sign_in(
        platform, confidentiality=kind, grant_types=GRANTS, jwks=KEY.jwks, client_secret_hash=""
    )
    check_json(person.token(own(person)), 401, "invalid_client")


def test_n56_an_assertion_beside_another_method_is_refused(client: SignIn) -> None:
    both = own(client) | {"client_secret": SECRET}
    check_json(client.token(both), 400, "invalid_request")
    header = {"authorization": "Basic eDp5"}
    check_json(client.token(own(client), header), 400, "invalid_request")


@pytest.mark.parametrize(
    "kind", [None, "", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"]
)
def test_the_kind_of_assertion_must_be_named(client: SignIn, kind: str | None) -> None:
    sent = own(client)
    del sent["client_assertion_type"]
    if kind is not None:
        sent["client_assertion_type"] = kind
    check_json(client.token(sent), 401, "invalid_client")
    only_kind = CREDENTIALS | {"client_assertion_type": asserted("x")["client_assertion_type"]}
    check_json(client.token(only_kind), 401, "invalid_client")


def test_a_key_without_a_name_is_tried_for_any_name(platform: Platform) -> None:
    plain = ClientKey()
    person = signing_client(platform, plain)
    named = ClientKey(kid="whatever")
    for key in (plain, named):
        assert person.token(CREDENTIALS | Assertions(person, key).form()).status == 200


def test_it_costs_one_write_more(client: SignIn) -> None:
    """DESIGN of the budgets: one conditional put, before anything is granted."""
    assert client.token(own(client)).status == 200
    with count_aws_calls() as calls:
        assert client.token(own(client)).status == 200
    (put,) = [call for call in calls if call.operation == "PutItem"]
    assert put.params["ConditionExpression"] == "attribute_not_exists(pk) OR expires_at < :now"
    assert put.params["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
    writes = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
    assert [call.operation for call in calls if call.operation in writes] == ["PutItem"]


def test_when_the_write_fails_nothing_is_granted_and_the_answer_is_503(client: SignIn) -> None:
    code = client.code()
    none: dict[str, str | None] = {"client_id": None, "client_secret": None}
    with fail_aws_call("PutItem", "before", times=5) as failed:
        form = Assertions(client, KEY).form()
        answer: Answer = client.redeem(code, **(none | form))
    assert failed
    check_json(answer, 503, "temporarily_unavailable")
    assert client.redeem(code, **(none | Assertions(client, KEY).form())).status == 200


def test_discovery_announces_what_this_client_can_do(client: SignIn) -> None:
    """RFC 8414 §2: the algorithms are needed where private_key_jwt is announced."""
    url = f"{client.issuer}/.well-known/openid-configuration"
    document = client.platform.call("GET", url).json()
    for endpoint in ("token", "revocation", "introspection"):
        assert document[f"{endpoint}_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        algorithms = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert algorithms == list(ALGORITHMS)


def test_nothing_of_an_assertion_is_logged(client: SignIn) -> None:
    sent = own(client)
    with captured_log() as lines:
        client.token(sent)
        client.token(sent)
    text = " ".join(lines)
    assert "used before" in text
    assert not any(part in text for part in sent["client_assertion"].split("."))


def test_keys_published_under_a_url_authenticate_and_are_asked_for_seldom(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def call(door: Outbound, method: str, url: str, **more: Any) -> Published:
        asked.append(url)
        return Published(200, {}, json.dumps(KEY.jwks).encode())

    monkeypatch.setattr(Outbound, "call", call)
    uri = "https://client.example.com/jwks.json"
    person = signing_client(platform, jwks=None, jwks_uri=uri)
    junk = person.token(CREDENTIALS | asserted(KEY.sign(assertion_claims(person, aud="x"))))
    check_json(junk, 401, "invalid_client")
    assert asked == [], "what is nonsense by itself causes no fetch"
    assert person.token(own(person)).status == 200
    assert person.token(own(person)).status == 200
    for _ in range(5):
        forged = OTHER.sign(assertion_claims(person))
        check_json(person.token(CREDENTIALS | asserted(forged)), 401, "invalid_client")
    assert asked == [uri]


def test_keys_that_cannot_be_read_are_no_keys(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever publishes them failed, not we: 401, and nothing is granted."""

    def call(door: Outbound, method: str, url: str, **more: Any) -> Published:
        raise Failed("no answer")

    monkeypatch.setattr(Outbound, "call", call)
    person = signing_client(platform, jwks=None, jwks_uri="https://gone.example.com/jwks")
    check_json(person.token(own(person)), 401, "invalid_client")
