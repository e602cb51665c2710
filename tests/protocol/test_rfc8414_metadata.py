"""RFC 8414, OpenID Connect Discovery §3, §4: what an issuer announces, and only that."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import SECRET, SignIn, new_sign_in

OIDC = "/.well-known/openid-configuration"
IDENTITY = ("openid", "profile", "email", "phone", "address")
RFC8414 = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
def person(platform: Platform) -> SignIn:
    grants = ("authorization_code", "client_credentials")
    return new_sign_in(platform, grant_types=grants, allowed_scopes=("orders", "openid"))


def both(person: SignIn) -> list[str]:
    """The two places of the document: OIDC appends (§4), RFC 8414 inserts (§3.1)."""
    path = urlsplit(person.issuer).path
    return [f"{person.issuer}{OIDC}", f"{person.platform.auth_base_url}{RFC8414}{path}"]


def read(person: SignIn) -> dict[str, Any]:
    found: dict[str, Any] = person.platform.call("GET", both(person)[0]).json()
    return found


def test_3_both_places_show_the_same_document(person: SignIn) -> None:
    answers = [person.platform.call("GET", url) for url in both(person)]
    assert [a.status for a in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    for answer in answers:
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "public, max-age=300"


def test_2_the_required_members_are_there_and_none_is_empty(person: SignIn) -> None:
    """RFC 8414 §2, §3.2; OpenID Connect Discovery §3."""
    document = read(person)
    assert document["issuer"] == person.issuer
    for name in ("authorization", "token", "userinfo"):
        assert document[f"{name}_endpoint"].startswith(person.issuer + "/")
    assert document["jwks_uri"] == f"{person.issuer}/.well-known/jwks.json"
    assert document["response_types_supported"] == ["code"]
    assert document["subject_types_supported"] == ["public"]
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "none" not in document["id_token_signing_alg_values_supported"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert [name for name, value in document.items() if value in ([], "", None)] == []
    for name, value in document.items():
        assert not isinstance(value, list) or len(value) == len(set(value)), name


WRONG_PATHS = [
    "{issuer}/.well-known/openid-configuration/",
    "{issuer}//.well-known/openid-configuration",
    "{issuer}/.well-known/oauth-authorization-server",
    "{issuer}/.WELL-KNOWN/openid-configuration",
    "{base}/.well-known/openid-configuration",
    "{base}/.well-known/openid-configuration{path}",
    "{base}/.well-known/oauth-authorization-server",
    "{base}/.well-known/oauth-authorization-server{path}/",
    "{base}/.well-known/oauth-authorization-server{PATH}",
    "{ISSUER}/.well-known/openid-configuration",
    "{other}/.well-known/openid-configuration",
    "{other}/.well-known/jwks.json",
    "{base}/v1/tenants/0011223344556677/realms/0011223344556677/applications/"
    "00000000-0000-4000-8000-000000000000/.well-known/openid-configuration",
]


@pytest.mark.parametrize("template", WRONG_PATHS)
def test_n173_a_wrong_path_or_an_unknown_issuer_is_not_found(person: SignIn, template: str) -> None:
    path = urlsplit(person.issuer).path
    base = person.platform.auth_base_url
    ids = person.application.tenant_id, person.application.id
    upper = path.replace(ids[0], ids[0].upper()).replace(ids[1], ids[1].upper())
    assert upper != path, "a UUID of decimal digits only: run it again"
    url = template.format(
        base=base,
        issuer=person.issuer,
        path=path,
        PATH=upper,
        ISSUER=base + upper,
        other=person.issuer[:-12] + "000000000000",
    )
    answer = person.platform.call("GET", url)
    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"


FORGED = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-port", "81"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-for", "10.0.0.1"),
    ("forwarded", "host=evil.example;proto=http"),
    ("x-original-host", "evil.example"),
    ("x-original-url", "/evil"),
    ("x-rewrite-url", "/evil"),
    ("x-http-method-override", "DELETE"),
]


def flow(person: SignIn, headers: list[tuple[str, str]]) -> list[Answer]:
    """One call to each endpoint of the issuer, with the same extra headers."""
    call, issuer = person.platform.call, person.issuer
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    return [
        *(call("GET", url, headers=headers) for url in both(person)),
        call("GET", f"{issuer}/authorize?{urlencode(person.parameters())}", headers=headers),
        call("GET", f"{issuer}/authorize?{urlencode(person.parameters(scope='x'))}"),
        call(
            "POST",
            f"{issuer}/token",
            form={"grant_type": "client_credentials", **client},
            headers=headers,
        ),
        call("GET", f"{issuer}/userinfo", headers=headers),
        call("POST", f"{issuer}/authenticate", headers=headers, json={}),
    ]


@pytest.mark.parametrize("header", FORGED, ids=[name for name, _ in FORGED])
def test_n173_n177_t8_no_header_changes_an_issuer_or_an_answer(
    person: SignIn, header: tuple[str, str]
) -> None:
    plain, forged = flow(person, []), flow(person, [header])
    assert [a.status for a in forged] == [a.status for a in plain]
    assert forged[0].body == plain[0].body
    assert forged[1].body == plain[1].body
    for answer in forged:
        shown = answer.text + str(dict(answer.headers))
        assert "evil" not in shown
        assert "10.0.0.1" not in shown


def test_every_announced_authentication_method_works_and_no_other(
    platform: Platform, person: SignIn
) -> None:
    assert read(person)["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
    ]
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="")
    assert read(public)["token_endpoint_auth_methods_supported"] == ["none"]


def test_every_announced_grant_works_and_every_other_is_refused(person: SignIn) -> None:
    assert read(person)["grant_types_supported"] == ["authorization_code", "client_credentials"]
    client = {"client_id": person.application.client_id, "client_secret": SECRET}
    assert person.token({"grant_type": "client_credentials", **client}).status == 200
    assert person.tokens()
    for grant in ("password", "urn:ietf:params:oauth:grant-type:device_code"):
        answer = person.token({"grant_type": grant, **client})
        check_json(answer, 400, "unsupported_grant_type")
    check_json(person.token({"grant_type": "refresh_token", **client}), 400, "unauthorized_client")


def test_an_application_with_refresh_tokens_announces_them_and_their_scope(
    platform: Platform,
) -> None:
    refreshing = new_sign_in(platform, grant_types=("authorization_code", "refresh_token"))
    found = read(refreshing)
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert found["scopes_supported"] == [*IDENTITY, "offline_access", "groups"]
    token = refreshing.tokens(scope=" ".join(found["scopes_supported"]))["refresh_token"]
    assert refreshing.refresh(token).status == 200


def test_every_announced_scope_is_granted(person: SignIn) -> None:
    scopes = read(person)["scopes_supported"]
    assert scopes == [*IDENTITY, "groups", "orders"]
    assert set(person.tokens(scope=" ".join(scopes))["scope"].split()) == set(scopes)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_tokens_are_signed_with_the_algorithm_of_the_application(
    platform: Platform, alg: str
) -> None:
    import jwt

    person = new_sign_in(platform, token_signing_algorithm=alg)
    tokens = person.tokens()
    for name in ("access_token", "id_token"):
        assert jwt.get_unverified_header(tokens[name])["alg"] == alg
    assert alg in read(person)["id_token_signing_alg_values_supported"]


def test_an_application_that_signs_nobody_in_announces_nothing_of_it(platform: Platform) -> None:
    client = new_sign_in(
        platform, grant_types=("client_credentials",), allowed_scopes=("openid", "orders")
    )
    assert read(client) == {
        "issuer": client.issuer,
        "token_endpoint": f"{client.issuer}/token",
        "jwks_uri": f"{client.issuer}/.well-known/jwks.json",
        "scopes_supported": ["orders"],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "dpop_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "introspection_endpoint": f"{client.issuer}/introspect",
        "introspection_endpoint_auth_methods_supported": [
            *("client_secret_basic", "client_secret_post")
        ],
    }


def test_head_and_other_methods(person: SignIn) -> None:
    for url in (*both(person), f"{person.issuer}/.well-known/jwks.json"):
        head = person.platform.call("HEAD", url)
        assert (head.status, head.body) == (200, b"")
        answer = person.platform.call("POST", url, json={})
        check_json(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_announced_revocation_and_introspection_work_with_every_announced_method(
    person: SignIn,
) -> None:
    found = read(person)
    pair = f"{person.application.client_id}:{SECRET}".encode()
    basic = {"authorization": f"Basic {b64encode(pair).decode()}"}
    body = {"client_id": person.application.client_id, "client_secret": SECRET}
    for name in ("introspection", "revocation"):
        methods = found[f"{name}_endpoint_auth_methods_supported"]
        assert methods == ["client_secret_basic", "client_secret_post"]
        for headers, form in ((basic, {}), ({}, body)):
            token = person.tokens()["access_token"]
            url = found[f"{name}_endpoint"]
            answer = person.platform.call(
                "POST", url, headers=headers, form={"token": token, **form}
            )
            assert answer.status == 200, answer.text
            if name == "revocation":
                assert person.userinfo(token).status == 401
            else:
                assert answer.json()["active"] is True


def test_a_public_client_is_told_of_revocation_only(platform: Platform) -> None:
    public = new_sign_in(platform, confidentiality="public", client_secret_hash="")
    found = read(public)
    assert found["revocation_endpoint_auth_methods_supported"] == ["none"]
    assert [name for name in found if name.startswith("introspection")] == []
    check_json(public.introspect(public.tokens()["access_token"]), 401, "invalid_client")
    assert public.revoke("x").status == 200
