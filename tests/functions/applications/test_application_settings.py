"""The room `applications`: what may be registered. Each rule refuses, and says which member."""

from typing import Any

import pytest

from tests.support.configuration_bodies import (
    client_body,
    make_application,
    make_config,
    refused_fields,
    web_body,
)
from tests.support.platform import Platform

PROTOCOL = "application.protocol_config"
REFRESH_LIFETIME = "token_configuration.refresh_token_expires_after"


def post(platform: Platform, body: dict[str, Any]) -> list[str]:
    return refused_fields(platform.manage("POST", "/applications", body))


def test_a_web_client_gets_the_documented_defaults(platform: Platform) -> None:
    config_id = make_config(platform)
    made = make_application(platform, web_body(config_id))
    protocol = made.pop("protocol_config")
    assert made.keys() == {
        "id",
        "realm_id",
        "tenant_id",
        "authenticator_config_id",
        "display_name",
        "is_managed",
    }
    assert made["is_managed"] is False
    assert len(protocol.pop("client_id")) == 24
    assert len(protocol.pop("client_secret")) >= 48
    assert protocol == {
        "type": "oidc",
        "allowed_scopes": [],
        "confidentiality": "confidential",
        "token_endpoint_auth_method": "client_secret_basic",
        "dpop_bound_access_tokens": False,
        "grant_type": ["authorization_code"],
        "redirect_uris": ["https://app.example.com/callback"],
        "token_configuration": {
            "expires_after": 86400,
            "refresh_token_expires_after": 2592000,
            "token_signing_algorithm": "RS256",
            "subject_field": "id",
        },
        "pkce": "disabled",
        "token_format": "self_contained",
        "post_logout_redirect_uris": [],
        "backchannel_logout_uri": "",
        "backchannel_logout_session_required": False,
        "require_pushed_authorization_requests": False,
    }


def test_a_public_client_gets_pkce_and_no_secret(platform: Platform) -> None:
    body = web_body(
        make_config(platform),
        confidentiality="public",
        redirect_uris=["com.example.app:/callback"],
        token_endpoint_auth_method="client_secret_post",
    )
    protocol = make_application(platform, body)["protocol_config"]
    assert "client_secret" not in protocol
    assert protocol["pkce"] == "s256"
    assert protocol["token_endpoint_auth_method"] == "none"


def test_every_choice_is_stored_as_sent(platform: Platform) -> None:
    body = web_body(
        make_config(platform),
        grant_type=["authorization_code", "client_credentials", "refresh_token"],
        pkce="s256",
        token_format="self_contained",
        post_logout_redirect_uris=["https://app.example.com/bye", "http://localhost:3000/"],
        backchannel_logout_uri="https://app.example.com/backchannel?app=1",
        backchannel_logout_session_required=True,
        require_pushed_authorization_requests=True,
        token_configuration={
            "expires_after": 60,
            "refresh_token_expires_after": 300,
            "token_signing_algorithm": "ES256",
            "subject_field": "email",
        },
    )
    protocol = make_application(platform, body)["protocol_config"]
    for name in body["application"]["protocol_config"]:
        assert protocol[name] == body["application"]["protocol_config"][name]


@pytest.mark.parametrize(
    ("protocol", "field"),
    [
        ({"type": "saml"}, "type"),
        ({"confidentiality": "secret"}, "confidentiality"),
        ({"grant_type": []}, "grant_type"),
        ({"grant_type": ["password"]}, "grant_type[0]"),
        ({"grant_type": ["client_credentials"] * 2}, "grant_type[1]"),
        ({"grant_type": "client_credentials"}, "grant_type"),
        ({"grant_type": ["client_credentials", "refresh_token"]}, "grant_type"),
        ({"token_configuration": {"refresh_token_expires_after": 299}}, REFRESH_LIFETIME),
        ({"token_configuration": {"refresh_token_expires_after": 7776001}}, REFRESH_LIFETIME),
        ({"token_configuration": {"refresh_token_expires_after": None}}, REFRESH_LIFETIME),
        ({"pkce": "plain"}, "pkce"),
        ({"pkce": "S256"}, "pkce"),
        ({"token_format": "jwt"}, "token_format"),
        ({"token_configuration": {"expires_after": 59}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": 86401}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": "600"}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": True}}, "token_configuration.expires_after"),
        ({"token_configuration": {"expires_after": 1e3}}, "token_configuration.expires_after"),
        ({"token_configuration": []}, "token_configuration"),
        (
            {"token_configuration": {"token_signing_algorithm": "none"}},
            "token_configuration.token_signing_algorithm",
        ),
        (
            {"token_configuration": {"token_signing_algorithm": "HS256"}},
            "token_configuration.token_signing_algorithm",
        ),
        ({"token_configuration": {"subject_field": "ssn"}}, "token_configuration.subject_field"),
        ({"allowed_scopes": ["orders:read"]}, "allowed_scopes"),
        ({"redirect_uris": ["https://app.example.com/cb"] * 2}, "redirect_uris[1]"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris[0]"),
        ({"redirect_uris": ["https://ok.example/", "http://bad.example/"]}, "redirect_uris[1]"),
        ({"redirect_uris": [f"https://a.example/{n}" for n in range(51)]}, "redirect_uris"),
        ({"redirect_uris": [1]}, "redirect_uris[0]"),
        ({"redirect_uris": "https://app.example.com/cb"}, "redirect_uris"),
        ({"post_logout_redirect_uris": ["javascript:alert(1)"]}, "post_logout_redirect_uris[0]"),
        ({"post_logout_redirect_uris": ["http://bad.example/"]}, "post_logout_redirect_uris[0]"),
        ({"post_logout_redirect_uris": ["https://a.example/#x"]}, "post_logout_redirect_uris[0]"),
        ({"post_logout_redirect_uris": ["https://a.example/"] * 2}, "post_logout_redirect_uris[1]"),
        ({"post_logout_redirect_uris": None}, "post_logout_redirect_uris"),
        ({"backchannel_logout_uri": "http://app.example.com/"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "http://127.0.0.1/"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://app.example.com/#x"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "https://a@app.example.com/"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": "com.example.app:/x"}, "backchannel_logout_uri"),
        ({"backchannel_logout_uri": None}, "backchannel_logout_uri"),
        ({"backchannel_logout_session_required": 1}, "backchannel_logout_session_required"),
        (
            {"require_pushed_authorization_requests": "yes"},
            "require_pushed_authorization_requests",
        ),
    ],
)
def test_a_refused_setting_is_named(
    platform: Platform, protocol: dict[str, Any], field: str
) -> None:
    """N7, N131, T21 at registration, and the values that each member may have."""
    assert post(platform, client_body(**protocol)) == [f"{PROTOCOL}.{field}"]


def test_what_is_not_built_is_refused_by_name(platform: Platform) -> None:
    answer = platform.manage("POST", "/applications", client_body(pkce="plain"))
    text = answer.json()["details"][0]["field_violations"][0]["description"]
    assert "plain" in text
    assert "s256" in text


def test_both_token_formats_can_be_chosen_and_changed(platform: Platform) -> None:
    made = make_application(platform, client_body(token_format="referential"))
    assert made["protocol_config"]["token_format"] == "referential"
    patch = {"application": {"protocol_config": {"token_format": "self_contained"}}}
    changed = platform.manage("PATCH", f"/applications/{made['id']}", patch)
    assert changed.json()["protocol_config"]["token_format"] == "self_contained"


def test_a_client_of_the_management_api_has_signed_tokens_only(platform: Platform) -> None:
    """The api host takes no other (RFC 9068 §4)."""
    body = client_body(token_format="referential")
    body["application"]["resource_server_id"] = platform.management.resource_server_id
    realm = platform.management.admin_realm_id
    path = f"/v1/tenants/{platform.tenant_id}/realms/{realm}/applications"
    assert refused_fields(platform.manage("POST", path, body)) == [f"{PROTOCOL}.token_format"]


def test_the_authorization_code_grant_needs_a_redirect_uri(platform: Platform) -> None:
    """T23: an empty list never means "any"."""
    body = web_body(make_config(platform), redirect_uris=[])
    assert post(platform, body) == [f"{PROTOCOL}.redirect_uris"]


def test_the_authorization_code_grant_needs_an_authenticator_config(platform: Platform) -> None:
    body = web_body(make_config(platform))
    del body["application"]["authenticator_config_id"]
    assert post(platform, body) == ["application.authenticator_config_id"]


def test_openid_connect_needs_the_authorization_code_grant(platform: Platform) -> None:
    assert post(platform, client_body(type="oidc")) == [f"{PROTOCOL}.grant_type"]


def test_public_clients_have_no_client_credentials_and_no_way_round_pkce(
    platform: Platform,
) -> None:
    config_id = make_config(platform)
    grants = ["authorization_code", "client_credentials"]
    body = web_body(config_id, confidentiality="public", grant_type=grants)
    assert post(platform, body) == [f"{PROTOCOL}.grant_type"]
    body = web_body(config_id, confidentiality="public", pkce="disabled")
    assert post(platform, body) == [f"{PROTOCOL}.pkce"]
    public = make_application(platform, web_body(config_id, confidentiality="public"))
    change = {"application": {"protocol_config": {"pkce": "disabled"}}}
    answer = platform.manage("PATCH", f"/applications/{public['id']}", change)
    assert refused_fields(answer) == [f"{PROTOCOL}.pkce"]


def test_private_use_redirects_are_for_public_clients(platform: Platform) -> None:
    uris = ["com.example.app:/callback"]
    body = web_body(make_config(platform), redirect_uris=uris)
    assert post(platform, body) == [f"{PROTOCOL}.redirect_uris[0]"]


@pytest.mark.parametrize(
    "config_id", ["", "x", "00000000-0000-4000-8000-000000000000", "A" * 3000, "../x"]
)
def test_an_unknown_authenticator_config_is_refused(platform: Platform, config_id: str) -> None:
    assert post(platform, web_body(config_id)) == ["application.authenticator_config_id"]


def test_an_authenticator_config_of_another_realm_or_tenant_is_unknown(
    platform: Platform,
) -> None:
    other = platform.second_tenant()
    ids = []
    for client, realm_id in (
        (platform.management, platform.create_realm(platform.management).id),
        (other, platform.create_realm(other).id),
    ):
        path = f"/v1/tenants/{client.tenant_id}/realms/{realm_id}/authenticator-configs"
        body = {
            "authenticator_config": {
                "display_name": "Foreign",
                "config": {"type": "embedded", "invoke_url": "https://foreign.example"},
            }
        }
        token = platform.management_token(client=client)
        ids.append(platform.call("POST", path, json=body, token=token).json()["id"])
    unknown = platform.manage("POST", "/applications", web_body("0" * 8))
    for config_id in ids:
        answer = platform.manage("POST", "/applications", web_body(config_id))
        assert refused_fields(answer) == ["application.authenticator_config_id"]
        assert answer.body == unknown.body


@pytest.mark.parametrize("name", [None, "", " ", "x" * 65, "a\u0000", 1])
def test_a_bad_display_name_is_refused(platform: Platform, name: object) -> None:
    body = client_body()
    body["application"]["display_name"] = name
    assert post(platform, body) == ["application.display_name"]


def test_what_must_be_sent_is_missed_by_name(platform: Platform) -> None:
    assert post(platform, {"application": {}}) == [
        "application.display_name",
        "application.protocol_config",
    ]
    body = {"application": {"display_name": "x", "protocol_config": {}}}
    assert post(platform, body) == [
        f"{PROTOCOL}.type",
        f"{PROTOCOL}.confidentiality",
        f"{PROTOCOL}.grant_type",
    ]
