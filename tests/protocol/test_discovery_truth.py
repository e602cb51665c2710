"""Truth in discovery: what an issuer announces works, and what it does not announce is refused.

`CHECKS` has a check for each member of the metadata (RFC 8414 §2, OpenID Connect Discovery §3, and
the registrations of later specifications). A member without a check fails: write one below.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, quote_plus

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from keybound.edge.outbound import Answer as Told
from keybound.edge.outbound import Outbound

from tests.support.client_signatures import (
    ALGORITHMS,
    ClientKey,
    Prover,
    asserted,
    assertion_claims,
)
from tests.support.oauth_answers import added, redirected
from tests.support.platform import Answer, Platform
from tests.support.sign_in import INVOKE_URL, SECRET, SignIn, new_resource_server, new_sign_in

KEYS = {alg: ClientKey(alg=alg, kid=alg) for alg in ALGORITHMS}
TRAITS = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "middle_name": "King",
    "nick_name": "Countess",
    "profile_url": "https://ada.example.com",
    "photo": "https://ada.example.com/photo",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "primary_phone": "+441632960000",
    "formatted_address": "12 St James Square, London",
    "street_address": "12 St James Square",
    "locality": "London",
    "region": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}
ALL_GRANTS = ("authorization_code", "refresh_token", "client_credentials")
FOREIGN_GRANTS = (
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
)
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Issuer:
    """A live issuer, the document that it shows, and somebody to sign in."""

    person: SignIn
    document: Document

    def call(self, name: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        return self.person.platform.call("POST", self.document[name], form=form, headers=headers)

    def client(self) -> tuple[dict[str, str], dict[str, str]]:
        """Form and headers of the first announced method."""
        return shown(self.person, self.document["token_endpoint_auth_methods_supported"][0])

    def token(self, **form: str) -> Answer:
        members, headers = self.client()
        return self.call("token_endpoint", {**members, **form}, headers)

    def tokens(self, **changes: str) -> dict[str, Any]:
        """Sign in with every scope and redeem the code."""
        scope = " ".join(self.document["scopes_supported"])
        code = self.person.code(**{"scope": scope, **changes})
        members, headers = self.client()
        none: dict[str, str | None] = {"client_id": None, "client_secret": None}
        form = none | members
        answer = self.person.redeem(code, **form) if not headers else self._basic(code, headers)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def _basic(self, code: str, headers: dict[str, str]) -> Answer:
        from tests.support.sign_in import REDIRECT_URI, VERIFIER

        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return self.person.token(form, headers)

    def id_token(self) -> dict[str, Any]:
        """The claims of a new ID token, verified by the announced keys and algorithms alone."""
        token = self.tokens()["id_token"]
        found = self.person.platform.call("GET", self.document["jwks_uri"]).json()
        key = next(
            key
            for key in jwt.PyJWKSet.from_dict(found).keys
            if key.key_id == jwt.get_unverified_header(token)["kid"]
        )
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(self.document["id_token_signing_alg_values_supported"]),
            audience=self.person.application.client_id,
            issuer=self.document["issuer"],
            options={"verify_exp": False, "verify_iat": False},
        )
        return claims

    def begins(self, **changes: str | None) -> str:
        """Return the error of an authorization request, or an empty string if it begins."""
        answer = self.person.authorize(**changes)
        if answer.status == 302 and answer.headers["location"].startswith(INVOKE_URL):
            return ""
        return redirected(answer)["error"]


def shown(person: SignIn, method: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a client of an authentication method sends: form and headers."""
    client_id = person.application.client_id
    if method == "client_secret_post":
        return {"client_id": client_id, "client_secret": SECRET}, {}
    if method == "client_secret_basic":
        pair = f"{quote_plus(client_id)}:{quote_plus(SECRET)}".encode()
        return {}, {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if method == "private_key_jwt":
        return asserted(KEYS["ES256"].sign(assertion_claims(person))), {}
    if method == "client_secret_jwt":
        return asserted(jwt.encode(assertion_claims(person), SECRET, "HS256")), {}
    assert method in ("none", "tls_client_auth")
    return {"client_id": client_id}, {}


METHODS = (
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
)
ABOUT = {"grant_type": "client_credentials", "token": "x"}


def is_known(answer: Answer) -> bool:
    """Whether the endpoint knew the client, whatever it then said."""
    error = answer.json().get("error") if answer.text else None
    return answer.status != 401 and error != "invalid_client"


def auth_methods(endpoint: str) -> Callable[[Issuer], None]:
    def check(issuer: Issuer) -> None:
        announced = issuer.document[f"{endpoint}_auth_methods_supported"]
        assert set(announced) <= set(METHODS)
        for method in METHODS:
            form, headers = shown(issuer.person, method)
            answer = issuer.call(endpoint, {**ABOUT, **form}, headers)
            assert is_known(answer) == (method in announced), method

    return check


def auth_algorithms(endpoint: str) -> Callable[[Issuer], None]:
    def check(issuer: Issuer) -> None:
        announced = issuer.document[f"{endpoint}_auth_signing_alg_values_supported"]
        person, rsa = issuer.person, KEYS["RS256"]
        for alg in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"):
            claims, headers = assertion_claims(person), {"kid": f"any-{alg[:2]}"}
            assertion = jwt.encode(claims, rsa.private, alg, headers=headers)
            answer = issuer.call(endpoint, {**ABOUT, **asserted(assertion)}, {})
            assert is_known(answer) == (alg in announced), alg
        assertion = KEYS["ES256"].sign(assertion_claims(person))
        assert "ES256" in announced
        assert is_known(issuer.call(endpoint, {**ABOUT, **asserted(assertion)}, {}))
        assert set(announced) <= set(ALGORITHMS)

    return check


def check_issuer(issuer: Issuer) -> None:
    assert issuer.document["issuer"] == issuer.person.issuer


def check_token_endpoint(issuer: Issuer) -> None:
    answer = issuer.token(grant_type="x")
    assert answer.json()["error"] == "unsupported_grant_type"
    assert issuer.person.platform.call("GET", issuer.document["token_endpoint"]).status == 405


def check_authorization_endpoint(issuer: Issuer) -> None:
    assert issuer.document["authorization_endpoint"] == f"{issuer.person.issuer}/authorize"
    required = issuer.document.get("require_pushed_authorization_requests", False)
    assert bool(issuer.begins()) == required


def check_userinfo_endpoint(issuer: Issuer) -> None:
    tokens = issuer.tokens()
    url = issuer.document["userinfo_endpoint"]
    for method in ("GET", "POST"):
        answer = issuer.person.platform.call(method, url, token=tokens["access_token"])
        assert answer.json()["sub"] == issuer.person.identity.id


def check_revocation_endpoint(issuer: Issuer) -> None:
    tokens = issuer.tokens()
    form, headers = issuer.client()
    about = {**form, "token": tokens["access_token"]}
    assert issuer.call("revocation_endpoint", about, headers).status == 200
    assert issuer.person.userinfo(tokens["access_token"]).status == 401


def check_introspection_endpoint(issuer: Issuer) -> None:
    form, headers = issuer.client()
    answer = issuer.call("introspection_endpoint", {**form, "token": "x"}, headers)
    assert answer.json() == {"active": False}


def check_end_session_endpoint(issuer: Issuer) -> None:
    tokens = issuer.tokens()
    url = issuer.document["end_session_endpoint"]
    form = {"id_token_hint": tokens["id_token"]}
    assert issuer.person.platform.call("POST", url, form=form).status == 200
    assert issuer.person.userinfo(tokens["access_token"]).status == 401


def check_pushed_endpoint(issuer: Issuer) -> None:
    form, headers = issuer.client()
    sent = {**issuer.person.parameters(), **form}
    answer = issuer.call("pushed_authorization_request_endpoint", sent, headers)
    assert answer.status == 201, answer.text
    begun = issuer.person.authorize_pushed(answer.json()["request_uri"])
    assert begun.headers["location"].startswith(INVOKE_URL)


def check_pushing_required(issuer: Issuer) -> None:
    required = issuer.document["require_pushed_authorization_requests"]
    assert required is (issuer.begins() != "")


def check_jwks_uri(issuer: Issuer) -> None:
    found = issuer.person.platform.call("GET", issuer.document["jwks_uri"]).json()["keys"]
    assert {key["alg"] for key in found} >= {"RS256"}
    assert all(not {"d", "p", "q", "k"} & set(key) for key in found)


def check_scopes(issuer: Issuer) -> None:
    announced = issuer.document["scopes_supported"]
    if "authorization_endpoint" in issuer.document:
        assert set(issuer.tokens()["scope"].split()) == set(announced)
        for scope in {"admin", "offline_access", "phone", "address"} - set(announced):
            assert issuer.begins(scope=f"openid {scope}") == "invalid_scope", scope
    else:
        assert issuer.token(grant_type="client_credentials").json()["scope"].split() == announced
        for scope in ("openid", "admin"):
            answer = issuer.token(grant_type="client_credentials", scope=scope)
            assert answer.json()["error"] == "invalid_scope"


def check_grants(issuer: Issuer) -> None:
    announced = issuer.document["grant_types_supported"]
    refused = {"unsupported_grant_type", "unauthorized_client"}
    assert set(announced) <= set(ALL_GRANTS)
    for grant in (*ALL_GRANTS, *FOREIGN_GRANTS):
        answer = issuer.token(grant_type=grant, code="x", refresh_token="x.y")
        assert (answer.json().get("error") in refused) == (grant not in announced), grant
    if "refresh_token" in announced:
        token = issuer.tokens()["refresh_token"]
        assert issuer.token(grant_type="refresh_token", refresh_token=token).status == 200


def check_response_types(issuer: Issuer) -> None:
    for kind in ("code", "token", "id_token", "code id_token", "code token", "none"):
        expected = "" if kind in issuer.document["response_types_supported"] else "unsupported"
        assert issuer.begins(response_type=kind).startswith(expected), kind
        assert bool(issuer.begins(response_type=kind)) == bool(expected)


def check_response_modes(issuer: Issuer) -> None:
    announced = issuer.document["response_modes_supported"]
    for mode in ("query", "fragment", "form_post", "web_message", "query.jwt", "jwt"):
        assert (issuer.begins(response_mode=mode) == "") == (mode in announced), mode


def check_subject_types(issuer: Issuer) -> None:
    assert issuer.document["subject_types_supported"] == ["public"]
    assert issuer.id_token()["sub"] == issuer.person.identity.id


def check_id_token_algorithms(issuer: Issuer) -> None:
    announced = issuer.document["id_token_signing_alg_values_supported"]
    alg = jwt.get_unverified_header(issuer.tokens()["id_token"])["alg"]
    assert alg == issuer.person.application.token_signing_algorithm
    assert {alg, "RS256"} == set(announced), "OpenID Connect Discovery §3 wants RS256 named"
    assert issuer.id_token()


def check_challenge_methods(issuer: Issuer) -> None:
    for method in ("S256", "plain", "S512"):
        error = issuer.begins(code_challenge_method=method)
        assert (error == "") == (method in issuer.document["code_challenge_methods_supported"])


def check_prompts(issuer: Issuer) -> None:
    announced = issuer.document["prompt_values_supported"]
    for prompt in ("none", "login", "consent", "select_account", "create", "x"):
        expected = "" if prompt in announced else "invalid_request"
        expected = "login_required" if prompt == "none" else expected
        assert issuer.begins(prompt=prompt) == expected, prompt


def check_acr(issuer: Issuer) -> None:
    assert [issuer.id_token()["acr"]] == issuer.document["acr_values_supported"]


def check_claim_types(issuer: Issuer) -> None:
    assert issuer.document["claim_types_supported"] == ["normal"]
    assert not {"_claim_names", "_claim_sources"} & set(issuer.id_token())


def check_claims(issuer: Issuer) -> None:
    """Every announced claim was seen, and nothing else was."""
    assert issuer.document["claims_supported"]
    tokens = issuer.tokens()
    userinfo = issuer.person.userinfo(tokens["access_token"]).json()
    seen = set(issuer.id_token()) | set(userinfo)
    seen -= {"locator"}  # sealed, for our own reading when the token comes back as a hint
    assert seen == set(issuer.document["claims_supported"])


def check_no_claims_parameter(issuer: Issuer) -> None:
    assert issuer.document["claims_parameter_supported"] is False
    claims = '{"id_token": {"email": {"essential": true}}}'
    request = issuer.person.request(scope="openid", claims=claims)
    assert issuer.person.authenticate(request).status == 200


def check_no_request_objects(issuer: Issuer) -> None:
    assert issuer.document["request_parameter_supported"] is False
    assert issuer.begins(request="e30.e30.") == "request_not_supported"


def check_no_request_uris(issuer: Issuer) -> None:
    """By reference to other places, that is: what was pushed here is another member's promise."""
    assert issuer.document["request_uri_parameter_supported"] is False
    foreign = issuer.begins(request_uri="https://app.example.com/request.jwt")
    assert foreign == "request_uri_not_supported"


def check_iss(issuer: Issuer) -> None:
    assert issuer.document["authorization_response_iss_parameter_supported"] is True
    answer = issuer.person.authenticate(issuer.person.request())
    assert added(answer.json()["redirect_url"])["iss"] == issuer.document["issuer"]
    assert redirected(issuer.person.authorize(scope="x"))["iss"] == issuer.document["issuer"]


def check_backchannel_logout(issuer: Issuer) -> None:
    """Back-Channel Logout §2.1, §2.4: told once the session ended, and which one by its `sid`."""
    assert issuer.document["backchannel_logout_supported"] is True
    assert issuer.document["backchannel_logout_session_supported"] is True
    posted: list[bytes] = []

    def call(door: Outbound, method: str, url: str, *, body: bytes = b"", **more: Any) -> Told:
        posted.append(body)
        return Told(200, {}, b"")

    person = issuer.person
    person.change_application(backchannel_logout_uri="https://app.example.com/backchannel")
    token = issuer.tokens()["id_token"]
    with patch.object(Outbound, "call", call):
        assert person.end_session(id_token_hint=token).status == 200
        person.platform.run_scheduled("backchannel_logout")
    person.change_application(backchannel_logout_uri="")
    sids = [said(parse_qs(body.decode())["logout_token"][0])["sid"] for body in posted]
    assert said(token)["sid"] in sids


def said(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def check_dpop(issuer: Issuer) -> None:
    announced = issuer.document["dpop_signing_alg_values_supported"]
    assert set(announced) == set(ALGORITHMS)
    form, headers = issuer.client()
    for alg in announced:
        mine = Prover(issuer.person, ClientKey(alg=alg))
        mine.learn()
        answer = issuer.person.token({**form, "grant_type": "x"}, {**headers, "dpop": mine.proof()})
        assert answer.json()["error"] not in ("invalid_dpop_proof", "use_dpop_nonce"), alg
        form, headers = issuer.client()
    others: tuple[tuple[str, Any, Any], ...] = (
        ("ES384", ec.generate_private_key(ec.SECP384R1()), ECAlgorithm),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    )
    for alg, key, kind in others:
        jwk = dict(kind.to_jwk(key.public_key(), as_dict=True))
        claims = Prover(issuer.person).claims()
        proof = jwt.encode(claims, key, alg, headers={"typ": "dpop+jwt", "jwk": jwk})
        answer = issuer.person.token({"grant_type": "x"}, {"dpop": proof})
        assert answer.json()["error"] == "invalid_dpop_proof", alg


CHECKS: dict[str, Callable[[Issuer], None]] = {
    "issuer": check_issuer,
    "authorization_endpoint": check_authorization_endpoint,
    "token_endpoint": check_token_endpoint,
    "userinfo_endpoint": check_userinfo_endpoint,
    "revocation_endpoint": check_revocation_endpoint,
    "introspection_endpoint": check_introspection_endpoint,
    "end_session_endpoint": check_end_session_endpoint,
    "pushed_authorization_request_endpoint": check_pushed_endpoint,
    "require_pushed_authorization_requests": check_pushing_required,
    "jwks_uri": check_jwks_uri,
    "scopes_supported": check_scopes,
    "grant_types_supported": check_grants,
    "response_types_supported": check_response_types,
    "response_modes_supported": check_response_modes,
    "subject_types_supported": check_subject_types,
    "id_token_signing_alg_values_supported": check_id_token_algorithms,
    "code_challenge_methods_supported": check_challenge_methods,
    "prompt_values_supported": check_prompts,
    "acr_values_supported": check_acr,
    "claim_types_supported": check_claim_types,
    "claims_supported": check_claims,
    "claims_parameter_supported": check_no_claims_parameter,
    "request_parameter_supported": check_no_request_objects,
    "request_uri_parameter_supported": check_no_request_uris,
    "authorization_response_iss_parameter_supported": check_iss,
    "dpop_signing_alg_values_supported": check_dpop,
    "backchannel_logout_supported": check_backchannel_logout,
    "backchannel_logout_session_supported": check_backchannel_logout,
}
for _endpoint in ("token_endpoint", "revocation_endpoint", "introspection_endpoint"):
    CHECKS[f"{_endpoint}_auth_methods_supported"] = auth_methods(_endpoint)
    CHECKS[f"{_endpoint}_auth_signing_alg_values_supported"] = auth_algorithms(_endpoint)


# Application settings of each kind of issuer; None: no such setting.
KINDS: dict[str, dict[str, Any]] = {
    "with a secret": {"grant_types": ALL_GRANTS},
    "public": {
        "grant_types": ALL_GRANTS[:2],
        "confidentiality": "public",
        "client_secret_hash": "",
    },
    "signing": {
        "grant_types": ALL_GRANTS,
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [KEYS["ES256"].named_jwk, KEYS["RS256"].jwk]},
        "client_secret_hash": "",
    },
    "without refresh, ES256": {
        "grant_types": ALL_GRANTS[:1],
        "token_signing_algorithm": "ES256",
    },
    "machine": {"grant_types": ALL_GRANTS[2:]},
}


def live(platform: Platform, kind: str) -> Issuer:
    server = new_resource_server(platform, f"https://{kind[:4].strip()}.example.com", "orders")
    person = new_sign_in(
        platform, allowed_scopes=("orders",), resource_server_id=server.id, **KINDS[kind]
    )
    person.change_identity(traits={**person.identity.traits, **TRAITS})
    url = f"{person.issuer}/.well-known/openid-configuration"
    return Issuer(person, platform.call("GET", url).json())


@pytest.fixture(scope="module")
def issuers(platform: Platform) -> dict[str, Issuer]:
    return {kind: live(platform, kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_has_a_check(issuers: dict[str, Issuer], kind: str) -> None:
    assert sorted(set(issuers[kind].document) - set(CHECKS)) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("member", CHECKS)
def test_what_is_announced_works_and_nothing_else(
    issuers: dict[str, Issuer], kind: str, member: str
) -> None:
    issuer = issuers[kind]
    if member in issuer.document:
        CHECKS[member](issuer)
        return
    assert_absent(issuer, member)


def assert_absent(issuer: Issuer, member: str) -> None:
    """An endpoint that is not announced serves nobody; other members follow their endpoint."""
    if not member.endswith("_endpoint"):
        return
    paths = {
        "authorization_endpoint": "authorize",
        "userinfo_endpoint": "userinfo",
        "revocation_endpoint": "revoke",
        "introspection_endpoint": "introspect",
        "end_session_endpoint": "end_session",
        "pushed_authorization_request_endpoint": "par",
    }
    form, headers = issuer.client()
    url = f"{issuer.person.issuer}/{paths[member]}"
    sent = {**issuer.person.parameters(), **form, "token": "x"}
    answer = issuer.person.platform.call("POST", url, form=sent, headers=headers)
    if member == "revocation_endpoint":  # RFC 7009 §2.2: a token that is not there is revoked
        assert (answer.status, answer.text) == (200, "")
    elif member == "authorization_endpoint" and answer.status == 302:
        assert redirected(answer)["error"] == "unauthorized_client"
    elif member == "end_session_endpoint":  # a page that ends nothing
        assert "location" not in answer.headers
    else:
        assert 400 <= answer.status < 500, answer.text


def test_an_issuer_that_demands_pushed_requests_says_so(platform: Platform) -> None:
    person = new_sign_in(platform, require_pushed_authorization_requests=True)
    url = f"{person.issuer}/.well-known/openid-configuration"
    issuer = Issuer(person, platform.call("GET", url).json())
    assert issuer.document["require_pushed_authorization_requests"] is True
    for check in (check_pushing_required, check_pushed_endpoint, check_authorization_endpoint):
        check(issuer)


def test_every_check_was_needed(issuers: dict[str, Issuer]) -> None:
    announced = {member for issuer in issuers.values() for member in issuer.document}
    assert sorted(set(CHECKS) - announced) == []
