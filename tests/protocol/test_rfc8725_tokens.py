"""RFC 8725, RFC 7515, RFC 7517: our own verifier, and the keys that others verify with (T38)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from keybound.signing.jwks import load_public, public_jwk, thumbprint

from tests.support.oauth_answers import check_back, check_json
from tests.support.platform import Platform
from tests.support.sign_in import SignIn, new_sign_in

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    return new_sign_in(platform)


@pytest.fixture(scope="module")
def tokens(person: SignIn) -> dict[str, str]:
    return person.tokens()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    head, body, tail = token.split(".")
    padded = [base64.urlsafe_b64decode(part + "==") for part in (head, body, tail)]
    return json.loads(padded[0]), json.loads(padded[1]), padded[2]


def joined(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    return ".".join(b64(x) for x in (dumps(header), dumps(claims), signature))


def dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def key_set(person: SignIn) -> list[dict[str, str]]:
    url = f"{person.issuer}/.well-known/jwks.json"
    keys: list[dict[str, str]] = person.platform.call("GET", url).json()["keys"]
    return keys


def hs256(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{b64(dumps(header))}.{b64(dumps(claims))}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def own_key(header: dict[str, Any], claims: dict[str, Any], **more: object) -> str:
    """Signed by an attacker's RSA key that the header offers."""
    key = new_rsa(65537, 2048)
    merged = {**header, **{k: v for k, v in more.items() if v is not None}}
    if merged.get("jwk") == "own":
        merged["jwk"] = public_jwk(key.public_key())
    kid = merged.pop("kid")
    return jwt.encode(claims, key, "RS256", headers={**merged, "kid": kid})


def forgeries(token: str, person: SignIn) -> dict[str, str]:
    """Tokens that nobody of ours signed, each by another trick (RFC 8725 §2)."""
    header, claims, signature = parts(token)
    jwk = next(k for k in key_set(person) if k["kid"] == header["kid"])
    pem = load_public(jwk).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    none = {**header, "alg": "none"}
    confused = {**header, "alg": "HS256"}
    ec = generate_private_key(SECP256R1())
    return {
        "alg none": joined(none, claims, b""),
        "alg None": joined({**none, "alg": "None"}, claims, b""),
        "alg none, signature kept": joined(none, claims, signature),
        "alg missing": joined({k: header[k] for k in ("kid", "typ")}, claims, signature),
        "alg a list": joined({**header, "alg": ["RS256"]}, claims, signature),
        "HS256 with the public key as secret": hs256(confused, claims, pem),
        "HS256 with the JWK as secret": hs256(confused, claims, dumps(jwk)),
        "HS256 with nothing as secret": hs256(confused, claims, b""),
        "another algorithm of the family": joined({**header, "alg": "PS256"}, claims, signature),
        "signed by a key in jwk": own_key(header, claims, jwk="own"),
        "signed by a key at jku": own_key(header, claims, jku="https://evil.example/jwks"),
        "signed by a key in x5c": own_key(header, claims, x5c=["AAAA"]),
        "signed by an EC key": jwt.encode(claims, ec, "ES256", headers={**header, "alg": "ES256"}),
        "kid is a path": own_key({**header, "kid": "../../dev/null"}, claims),
        "kid is SQL": own_key({**header, "kid": "' OR 1=1 --"}, claims),
        "kid missing": joined({k: header[k] for k in ("alg", "typ")}, claims, signature),
        "kid a number": joined({**header, "kid": 1}, claims, signature),
        "kid an object": joined({**header, "kid": {}}, claims, signature),
        "unknown crit": joined({**header, "crit": ["exp"]}, claims, signature),
        "b64 false": joined({**header, "b64": False, "crit": ["b64"]}, claims, signature),
        "claims changed": joined(header, {**claims, "sub": "0" * 16}, signature),
        "no signature": token.rpartition(".")[0] + ".",
        "two parts": token.rpartition(".")[0],
        "four parts": token + ".x",
        "whitespace": token.replace(".", ". ", 1),
        "padding": token + "=",
        "JSON serialisation": json.dumps({"payload": token.split(".")[1]}),
        "header is a list": f"{b64(b'[]')}.{token.split('.', 1)[1]}",
        "header repeats alg": (
            b64(dumps(header)[:-1] + b',"alg":"RS256"}') + "." + token.split(".", 1)[1]
        ),
        "deeply nested": f"{b64(b'[' * 4000)}.{token.split('.', 1)[1]}",
        "a second signature half": token[:-6],
    }


NAMES = [
    "alg none", "alg None", "alg none, signature kept", "alg missing", "alg a list",
    "HS256 with the public key as secret", "HS256 with the JWK as secret",
    "HS256 with nothing as secret", "another algorithm of the family", "signed by a key in jwk",
    "signed by a key at jku", "signed by a key in x5c", "signed by an EC key", "kid is a path",
    "kid is SQL", "kid missing", "kid a number", "kid an object", "unknown crit", "b64 false",
    "claims changed", "no signature", "two parts", "four parts", "whitespace", "padding",
    "JSON serialisation", "header is a list", "header repeats alg", "deeply nested",
    "a second signature half",
]  # fmt: skip


def test_the_table_below_is_complete(person: SignIn, tokens: dict[str, str]) -> None:
    assert list(forgeries(tokens["access_token"], person)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_n101_t38_a_forged_access_token_is_refused(
    person: SignIn, tokens: dict[str, str], name: str
) -> None:
    forged = forgeries(tokens["access_token"], person)[name]
    check_json(person.userinfo(forged), 401, "invalid_token")


@pytest.mark.parametrize("name", NAMES)
def test_n27_t38_a_forged_id_token_is_no_hint(
    person: SignIn, tokens: dict[str, str], name: str
) -> None:
    forged = forgeries(tokens["id_token"], person)[name]
    answer = person.authorize(id_token_hint=forged)
    check_back(answer, "invalid_request", issuer=person.issuer)


def test_t38_every_kind_of_token_has_a_typ_that_is_accepted_nowhere_else(
    person: SignIn, tokens: dict[str, str]
) -> None:
    """RFC 8725 §3.11, RFC 9068 §5."""
    request = person.request()
    kinds = {jwt.get_unverified_header(t)["typ"] for t in (*tokens_of(tokens), request)}
    assert kinds == {"at+jwt", "JWT", "keybound-request+jwt"}
    for wrong in (tokens["access_token"], request):
        check_back(person.authorize(id_token_hint=wrong), "invalid_request", issuer=person.issuer)
    for wrong in tokens_of(tokens):
        body = {"request": wrong, "credential": {}}
        answer = person.platform.call("POST", f"{person.issuer}/authenticate", json=body)
        check_json(answer, 400, "invalid_request")


def tokens_of(tokens: dict[str, str]) -> tuple[str, str]:
    return tokens["access_token"], tokens["id_token"]


def test_n174_only_public_members_are_published(person: SignIn) -> None:
    """RFC 7517 §4, §9.2."""
    keys = key_set(person)
    assert {key["alg"] for key in keys} == {"RS256", "ES256"}
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert set(key) & PRIVATE_MEMBERS == set()
        assert key["kty"] in ("RSA", "EC")
        assert key["use"] == "sig"
        assert key["kid"] == thumbprint(key), "RFC 7638"


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_others_verify_our_tokens_with_the_published_keys(platform: Platform, alg: str) -> None:
    """RFC 7518 §3.3, §3.4: an independent library finds the key by kid and agrees."""
    person = new_sign_in(platform, token_signing_algorithm=alg)
    tokens = person.tokens()
    published = jwt.PyJWKSet.from_dict({"keys": key_set(person)})
    for token, audience in (
        (tokens["access_token"], person.issuer),
        (tokens["id_token"], person.application.client_id),
    ):
        key = published[jwt.get_unverified_header(token)["kid"]]
        # The test's clock stands still, the library's does not: leave it a second.
        claims = jwt.decode(
            token, key, algorithms=[alg], audience=audience, issuer=person.issuer, leeway=5
        )
        assert claims["iss"] == person.issuer
