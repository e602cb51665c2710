"""The room `authenticator_configs`: what may be configured, and what is derived once."""

from typing import Any

import pytest

from tests.support.configuration_bodies import config_body, make_config, refused_fields
from tests.support.platform import Platform

CONFIG = "authenticator_config.config"
APK = "android:apk-key-hash:" + "A" * 43


def create(platform: Platform, **config: Any) -> dict[str, Any]:
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def patch(platform: Platform, config_id: str, config: dict[str, Any], **beside: Any) -> Any:
    body = {"authenticator_config": {"config": config, **beside}}
    return platform.manage("PATCH", f"/authenticator-configs/{config_id}", body)


def test_a_web_app_gets_its_relying_party_derived(platform: Platform) -> None:
    made = create(platform)
    assert made == {
        "id": made["id"],
        "realm_id": platform.realm_id,
        "tenant_id": platform.tenant_id,
        "display_name": "Web app",
        "config": {
            "type": "embedded",
            "invoke_url": "https://app.example.com",
            "invocation_type": "automatic",
            "trusted_origins": ["https://app.example.com"],
            "authentication_methods": [{"type": "webauthn_passkey"}, {"type": "software_passkey"}],
            "relying_party_id": "app.example.com",
            "expected_origins": ["https://app.example.com"],
            "additional_passkey_policy": "management_token",
            "one_time_password_creates_identities": False,
            "related_origins": [],
            "android_apps": [],
            "apple_app_ids": [],
            "passkey_enroll_url": "",
            "passkey_manage_url": "",
        },
    }
    path = f"/authenticator-configs/{made['id']}"
    assert platform.manage("GET", path).json() == made


@pytest.mark.parametrize(
    ("config", "rp_id", "origins"),
    [
        (
            {
                "invoke_url": "https://a.example.com/x/",
                "trusted_origins": ["https://b.example.com"],
            },
            "example.com",
            ["https://a.example.com", "https://b.example.com"],
        ),
        (
            {"invoke_url": "http://localhost:3000", "trusted_origins": ["http://localhost:3001"]},
            "localhost",
            ["http://localhost:3000", "http://localhost:3001"],
        ),
        (
            {"invoke_url": "myapp://", "trusted_origins": ["https://example.com"]},
            "example.com",
            ["https://example.com"],
        ),
        (
            {"invoke_url": "myapp://", "trusted_origins": [], "relying_party_id": "example.com"},
            "example.com",
            ["https://example.com"],
        ),
        (
            {"trusted_origins": [], "relying_party_id": "example.com"},
            "example.com",
            ["https://app.example.com"],
        ),
        (
            {"expected_origins": ["https://login.example.com", APK]},
            "login.example.com",
            ["https://login.example.com", APK],
        ),
        (
            {"invoke_url": "myapp://", "trusted_origins": None, "expected_origins": [APK]}
            | {"relying_party_id": "example.com"},
            "example.com",
            [APK],
        ),
    ],
)
def test_what_is_left_out_is_derived_from_what_was_sent(
    platform: Platform, config: dict[str, Any], rp_id: str, origins: list[str]
) -> None:
    made = create(platform, **config)["config"]
    assert made["relying_party_id"] == rp_id
    assert made["expected_origins"] == origins


@pytest.mark.parametrize(
    "config",
    [
        {"invoke_url": "myapp://", "trusted_origins": []},
        {"invoke_url": "https://a.example", "trusted_origins": ["https://b.example.org"]},
        {"invoke_url": "https://a.co.uk", "trusted_origins": ["https://b.co.uk"]},
        {"relying_party_id": "com"},
        {"relying_party_id": "co.uk"},
        {"relying_party_id": "example.org"},
        {"relying_party_id": "evil.app.example.com"},
        {"relying_party_id": "App.example.com"},
        {"relying_party_id": "https://app.example.com"},
        {"relying_party_id": ""},
        {"relying_party_id": None, "expected_origins": [APK]},
        {"relying_party_id": "app.example.com", "expected_origins": ["https://other.example"]},
    ],
)
def test_an_rp_id_that_cannot_serve_every_origin_is_refused(
    platform: Platform, config: dict[str, Any]
) -> None:
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert refused_fields(answer) == [f"{CONFIG}.relying_party_id"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"type": "hosted_web"}, "type"),
        ({"type": "console"}, "type"),
        ({"type": "platform"}, "type"),
        ({"type": "other"}, "type"),
        ({"type": None}, "type"),
        ({"type": 1}, "type"),
        ({"invocation_type": "sometimes"}, "invocation_type"),
        ({"authentication_methods": []}, "authentication_methods"),
        ({"authentication_methods": [{}]}, "authentication_methods[0].type"),
        ({"authentication_methods": ["webauthn_passkey"]}, "authentication_methods[0]"),
        ({"authentication_methods": [{"type": "sms"}]}, "authentication_methods[0].type"),
        (
            {"authentication_methods": [{"type": "webauthn_passkey"}] * 2},
            "authentication_methods[1].type",
        ),
        ({"trusted_origins": "https://app.example.com"}, "trusted_origins"),
        ({"trusted_origins": [7]}, "trusted_origins[0]"),
        ({"invoke_url": 7}, "invoke_url"),
        ({"invoke_url": "https://app.example.com/?x"}, "invoke_url"),
        ({"relying_party_id": 7}, "relying_party_id"),
        ({"confirm_orphans_credentials": "yes"}, "confirm_orphans_credentials"),
    ],
)
def test_a_refused_setting_is_named(platform: Platform, config: dict[str, Any], field: str) -> None:
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert refused_fields(answer) == [f"{CONFIG}.{field}"]


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ({"invoke_url": "http://a.example"}, ["invoke_url"]),
        ({"invoke_url": None}, ["invoke_url"]),
        (
            {"trusted_origins": ["https://a.example/", "https://app.example.com", "*"]},
            ["trusted_origins[0]", "trusted_origins[2]"],
        ),
    ],
)
def test_only_the_mistake_is_named_and_not_what_would_be_derived_from_it(
    platform: Platform, config: dict[str, Any], fields: list[str]
) -> None:
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert refused_fields(answer) == [f"{CONFIG}.{field}" for field in fields]


def test_a_type_that_is_not_built_is_refused_by_name_whatever_else_is_sent(
    platform: Platform,
) -> None:
    body = config_body(type="hosted_web", invoke_url=None, trusted_origins=["https://a.example"])
    answer = platform.manage("POST", "/authenticator-configs", body)
    assert refused_fields(answer) == [f"{CONFIG}.type"]
    assert "hosted_web is not available yet" in answer.text


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com/",
        "https://app.example.com/x",
        "https://APP.example.com",
        "https://app.example.com:443",
        "https://*.example.com",
        "http://app.example.com",
        "app.example.com",
        "null",
        "*",
        "",
        "https://app.example.com ",
        "https://u@app.example.com",
        "javascript://x",
        "chrome-extension://abc",
    ],
)
@pytest.mark.parametrize("member", ["trusted_origins", "expected_origins"])
def test_an_origin_in_another_form_than_browsers_send_is_refused(
    platform: Platform, member: str, origin: str
) -> None:
    config = {"relying_party_id": "app.example.com", member: ["https://app.example.com", origin]}
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert f"{CONFIG}.{member}[1]" in refused_fields(answer)


@pytest.mark.parametrize(
    "origin", ["android:apk-key-hash:short", "android:apk-key-hash:" + "=" * 43, "android:x"]
)
def test_an_android_origin_names_a_sha256_digest(platform: Platform, origin: str) -> None:
    config = {"expected_origins": ["https://app.example.com", origin]}
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert refused_fields(answer) == [f"{CONFIG}.expected_origins[1]"]


def test_an_android_origin_is_no_trusted_origin(platform: Platform) -> None:
    config = {"trusted_origins": [APK]}
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert f"{CONFIG}.trusted_origins[0]" in refused_fields(answer)


def test_more_than_fifty_origins_are_refused(platform: Platform) -> None:
    origins = [f"https://a{n}.example.com" for n in range(51)]
    answer = platform.manage("POST", "/authenticator-configs", config_body(trusted_origins=origins))
    assert f"{CONFIG}.trusted_origins" in refused_fields(answer)


def test_repeated_origins_are_refused_where_sent_and_merged_where_derived(
    platform: Platform,
) -> None:
    origins = ["https://app.example.com"] * 2
    answer = platform.manage("POST", "/authenticator-configs", config_body(trusted_origins=origins))
    assert refused_fields(answer) == [f"{CONFIG}.trusted_origins[1]"]
    assert create(platform)["config"]["expected_origins"] == ["https://app.example.com"]


def test_the_app_scheme_keeps_its_slashes(platform: Platform) -> None:
    made = create(platform, invoke_url="myapp://", relying_party_id="example.com")
    assert made["config"]["invoke_url"] == "myapp://"


def test_editing_invoke_url_or_trusted_origins_derives_nothing_anew(platform: Platform) -> None:
    config_id = make_config(platform)
    change = {"invoke_url": "https://other.example/", "trusted_origins": ["https://third.example"]}
    config = patch(platform, config_id, change).json()["config"]
    assert config["invoke_url"] == "https://other.example"
    assert config["trusted_origins"] == ["https://third.example"]
    assert config["relying_party_id"] == "app.example.com"
    assert config["expected_origins"] == ["https://app.example.com"]


def test_expected_origins_must_go_on_fitting_the_rp_id(platform: Platform) -> None:
    config_id = make_config(platform)
    answer = patch(platform, config_id, {"expected_origins": ["https://other.example"]})
    assert refused_fields(answer) == [f"{CONFIG}.relying_party_id"]
    answer = patch(platform, config_id, {"expected_origins": []})
    assert refused_fields(answer) == [f"{CONFIG}.expected_origins"]
    origins = ["https://app.example.com", "https://www.app.example.com", APK]
    answer = patch(platform, config_id, {"expected_origins": origins})
    assert answer.json()["config"]["expected_origins"] == origins


@pytest.mark.parametrize("rp_id", ["com", "example.org", "", "b.app.example.com"])
def test_an_update_cannot_bring_in_an_rp_id_of_others(platform: Platform, rp_id: str) -> None:
    answer = patch(platform, make_config(platform), {"relying_party_id": rp_id})
    assert refused_fields(answer) == [f"{CONFIG}.relying_party_id"]


def test_in_an_admin_realm_nobody_signs_up(platform: Platform) -> None:
    """Whoever did would be a passkey away from the tokens of an administrator. It cannot be
    switched on later either."""
    admin = f"/v1/tenants/{platform.tenant_id}/realms/{platform.management.admin_realm_id}"
    configs, name = f"{admin}/authenticator-configs", "one_time_password_creates_identities"
    refused = platform.manage("POST", configs, config_body(**{name: True}))
    assert refused.status == 400
    assert refused_fields(refused) == [f"authenticator_config.config.{name}"]
    made = platform.manage("POST", configs, config_body()).json()
    changed = {"authenticator_config": {"config": {name: True}}}
    assert platform.manage("PATCH", f"{configs}/{made['id']}", changed).status == 400
    config = platform.manage("GET", f"{configs}/{made['id']}").json()["config"]
    assert config[name] is False
    assert platform.manage("DELETE", f"{configs}/{made['id']}").status == 200
    assert create(platform, **{name: True})["config"][name] is True
