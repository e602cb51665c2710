"""The room `applications`: clients that sign instead of knowing a secret (RFC 7591 §2)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.support.client_signatures import ALGORITHMS, ClientKey, asserted
from tests.support.configuration_bodies import (
    client_body,
    make_application,
    make_config,
    refused_fields,
    web_body,
)
from tests.support.platform import Platform
from tests.support.table_state import stored

PROTOCOL = "application.protocol_config"
KEY = ClientKey(kid="k1")
SIGNING = {"token_endpoint_auth_method": "private_key_jwt"}
URI = "https://client.example.com/jwks.json"


def signing_body(**protocol: Any) -> dict[str, Any]:
    return client_body(**{**SIGNING, "jwks": KEY.jwks, **protocol})


def change(platform: Platform, application: dict[str, Any], **protocol: Any) -> Any:
    body = {"application": {"protocol_config": protocol}}
    return platform.manage("PATCH", f"/applications/{application['id']}", body)


def test_it_is_made_without_a_secret_and_shows_its_public_keys(platform: Platform) -> None:
    made = make_application(platform, signing_body())
    protocol = made["protocol_config"]
    assert protocol["token_endpoint_auth_method"] == "private_key_jwt"
    assert protocol["jwks"] == KEY.jwks
    assert "client_secret" not in protocol
    assert "jwks_uri" not in protocol
    read = platform.manage("GET", f"/applications/{made['id']}").json()
    assert read["protocol_config"] == protocol


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_was_registered_authenticates(platform: Platform, alg: str) -> None:
    key = ClientKey(alg=alg, kid="k1")
    made = make_application(platform, signing_body(jwks=key.jwks))
    client_id = made["protocol_config"]["client_id"]
    issuer = f"{platform.auth_base_url}{platform.realm_path}/applications/{made['id']}"
    now = platform.clock.now()
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "jti": "1", "exp": now + 60}
    form = {"grant_type": "client_credentials", **asserted(key.sign(claims))}
    answer = platform.call("POST", f"{issuer}/token", form=form)
    assert answer.status == 200, answer.text


def rsa_jwk(bits: int, exponent: int = 65537) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=exponent, key_size=bits).public_key()
    return dict(RSAAlgorithm.to_jwk(key, as_dict=True))


def ec_jwk(curve: ec.EllipticCurve) -> dict[str, Any]:
    key = ec.generate_private_key(curve).public_key()
    return dict(ECAlgorithm.to_jwk(key, as_dict=True))


GOOD = KEY.jwk
PRIVATE = ECAlgorithm.to_jwk(KEY.private, as_dict=True)
REFUSED_SETS: dict[str, Any] = {
    "no set": [],
    "a text": "{}",
    "without keys": {},
    "keys no array": {"keys": GOOD},
    "no key": {"keys": []},
    "eleven keys": {"keys": [GOOD | {"kid": str(n)} for n in range(11)]},
    "a key that is none": {"keys": ["x"]},
    "symmetric": {"keys": [{"kty": "oct", "k": "AAAA"}]},
    "symmetric member": {"keys": [GOOD | {"k": "AAAA"}]},
    "private EC": {"keys": [PRIVATE]},
    "private RSA member": {"keys": [ClientKey(alg="RS256").jwk | {"p": "AAAA"}]},
    "RSA of 1024 bits": {"keys": [rsa_jwk(1024)]},
    "RSA with a wide exponent": {"keys": [ClientKey(alg="RS256").jwk | {"e": "A" + "B" * 20}]},
    "RSA with e 1": {"keys": [ClientKey(alg="RS256").jwk | {"e": "AQ"}]},
    "another curve": {"keys": [ec_jwk(ec.SECP384R1())]},
    "P-256 in name only": {"keys": [ec_jwk(ec.SECP384R1()) | {"crv": "P-256"}]},
    "not on the curve": {"keys": [GOOD | {"y": GOOD["x"]}]},
    "no base64url": {"keys": [GOOD | {"x": "=" * 43}]},
    "a member missing": {"keys": [{k: v for k, v in GOOD.items() if k != "y"}]},
    "OKP": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}]},
    "kty no text": {"keys": [GOOD | {"kty": ["EC"]}]},
    "for encryption": {"keys": [GOOD | {"use": "enc"}]},
    "for signing only": {"keys": [GOOD | {"key_ops": ["sign"]}]},
    "of another algorithm": {"keys": [GOOD | {"alg": "RS256"}]},
    "alg none": {"keys": [GOOD | {"alg": "none"}]},
    "kid no text": {"keys": [GOOD | {"kid": 7}]},
    "kid too long": {"keys": [GOOD | {"kid": "k" * 256}]},
    "one kid twice": {"keys": [GOOD | {"kid": "k"}, ClientKey("other").jwk | {"kid": "k"}]},
}


@pytest.mark.parametrize("case", REFUSED_SETS)
def test_keys_that_may_not_sign_are_refused_and_nothing_is_stored(
    platform: Platform, case: str
) -> None:
    before = stored()
    body = signing_body(jwks=REFUSED_SETS[case])
    assert refused_fields(platform.manage("POST", "/applications", body)) == [f"{PROTOCOL}.jwks"]
    assert stored() == before


def test_only_public_members_that_we_know_are_kept(platform: Platform) -> None:
    extra = KEY.named_jwk | {"x5c": ["AAAA"], "note": {"deep": [1]}, "n": {"a": 1}}
    made = make_application(platform, signing_body(jwks={"keys": [extra], "more": 1}))
    assert made["protocol_config"]["jwks"] == KEY.jwks


@pytest.mark.parametrize(
    ("protocol", "field"),
    [
        ({"jwks": None}, "jwks"),
        ({"jwks_uri": URI}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": "http://client.example.com/jwks.json"}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": "https:///jwks.json"}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": "https://a@client.example.com/jwks"}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": URI + "#x"}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": URI + "?" + "x" * 1024}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": 7}, "jwks_uri"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "jwks"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "token_endpoint_auth_method"),
        ({"dpop_bound_access_tokens": "yes"}, "dpop_bound_access_tokens"),
        ({"dpop_bound_access_tokens": None}, "dpop_bound_access_tokens"),
    ],
)
def test_what_does_not_fit_together_is_named(
    platform: Platform, protocol: dict[str, Any], field: str
) -> None:
    answer = platform.manage("POST", "/applications", signing_body(**protocol))
    assert refused_fields(answer) == [f"{PROTOCOL}.{field}"]


def test_public_clients_have_no_keys(platform: Platform) -> None:
    body = web_body(make_config(platform), confidentiality="public", **SIGNING, jwks=KEY.jwks)
    fields = refused_fields(platform.manage("POST", "/applications", body))
    assert fields == [f"{PROTOCOL}.token_endpoint_auth_method"]


def test_keys_are_replaced_and_may_move_to_a_url(platform: Platform) -> None:
    made = make_application(platform, signing_body())
    other = ClientKey("other", kid="k2").jwks
    changed = change(platform, made, jwks=other)
    assert changed.json()["protocol_config"]["jwks"] == other
    moved = change(platform, made, jwks=None, jwks_uri=URI).json()["protocol_config"]
    assert ("jwks" in moved, moved["jwks_uri"]) == (False, URI)
    back = change(platform, made, jwks=other, jwks_uri=None).json()["protocol_config"]
    assert (back["jwks"], "jwks_uri" in back) == (other, False)
    assert refused_fields(change(platform, made, jwks=None)) == [f"{PROTOCOL}.jwks"]


def test_a_client_with_a_secret_may_change_to_keys_and_its_secret_is_gone(
    platform: Platform,
) -> None:
    made = make_application(platform, client_body())
    protocol = made["protocol_config"]
    changed = change(platform, made, **SIGNING, jwks=KEY.jwks)
    assert changed.status == 200, changed.text
    issuer = f"{platform.auth_base_url}{platform.realm_path}/applications/{made['id']}"
    secret = {k: protocol[k] for k in ("client_id", "client_secret")}
    form = {"grant_type": "client_credentials", **secret}
    assert platform.call("POST", f"{issuer}/token", form=form).status == 401
    assert not any(
        "client_secret_hash" in item for (_, _, sk), item in stored().items() if made["id"] in sk
    )


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_keys_are_never_given_up_for_a_secret(platform: Platform, method: str) -> None:
    made = make_application(platform, signing_body())
    refused = change(platform, made, token_endpoint_auth_method=method, jwks=None)
    assert refused_fields(refused) == [f"{PROTOCOL}.token_endpoint_auth_method"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_every_other_method_is_read_and_means_nothing(platform: Platform, method: str) -> None:
    """A confidential client may use Basic or the body, whatever is sent."""
    body = client_body(token_endpoint_auth_method=method)
    protocol = make_application(platform, body)["protocol_config"]
    assert protocol["token_endpoint_auth_method"] == "client_secret_basic"
    assert protocol["client_secret"]


def test_a_client_that_signs_has_no_secret_to_rotate(platform: Platform) -> None:
    made = make_application(platform, signing_body())
    before = stored()
    answer = platform.manage("POST", f"/applications/{made['id']}:rotateSecret", {})
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
    assert stored() == before
