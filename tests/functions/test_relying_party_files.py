"""The well-known files of a relying party, and the members of a config that they are made from.

WebAuthn L3 §5.11 (related origins), Digital Asset Links, Apple's associated domains, W3C passkey
endpoints.
"""

import base64
from typing import Any

import pytest

from tests.support.configuration_bodies import config_body
from tests.support.platform import Answer, Platform

FINGERPRINT = ":".join(f"{n:02X}" for n in range(32))
APK_ORIGIN = "android:apk-key-hash:" + base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip(
    "="
)
APP = {"package_name": "com.example.app", "sha256_cert_fingerprints": [FINGERPRINT]}
RELATED = ["https://shop.example.org", "https://example.net"]
CONFIG = "authenticator_config.config"


def made(platform: Platform, **config: Any) -> dict[str, Any]:
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert answer.status == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def refused_fields(platform: Platform, **config: Any) -> list[str]:
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert answer.status == 400, answer.text
    return [each["field"] for each in answer.json()["details"][0]["field_violations"]]


def read(platform: Platform, config_id: str, name: str, method: str = "GET") -> Answer:
    base = f"{platform.auth_base_url}{platform.realm_path}/authenticator-configs"
    return platform.call(method, f"{base}/{config_id}/well-known/{name}")


def test_each_file_says_what_the_config_says(platform: Platform) -> None:
    config = made(
        platform,
        related_origins=RELATED,
        android_apps=[APP],
        apple_app_ids=["ABCDE12345.com.example.app"],
        passkey_enroll_url="https://app.example.com/passkeys/new",
        passkey_manage_url="https://app.example.com/passkeys",
    )
    assert {name: read(platform, config["id"], name).json() for name in NAMES} == {
        "webauthn": {"origins": RELATED},
        "assetlinks.json": [
            {
                "relation": ["delegate_permission/common.get_login_creds"],
                "target": {"namespace": "android_app", **APP},
            }
        ],
        "apple-app-site-association": {"webcredentials": {"apps": ["ABCDE12345.com.example.app"]}},
        "passkey-endpoints": {
            "enroll": "https://app.example.com/passkeys/new",
            "manage": "https://app.example.com/passkeys",
        },
    }


NAMES = ("webauthn", "assetlinks.json", "apple-app-site-association", "passkey-endpoints")


def test_files_are_json_that_anybody_may_read_and_keep_for_minutes(platform: Platform) -> None:
    answer = read(platform, made(platform, related_origins=RELATED)["id"], "webauthn")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("name", [*NAMES, "other.json", "..", "webauthn%2f"])
def test_a_file_without_content_does_not_exist(platform: Platform, name: str) -> None:
    config_id = made(platform)["id"]
    unknown = "00000000-0000-4000-8000-000000000000"
    answers = [read(platform, each, name) for each in (config_id, unknown, "x")]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_files_are_read_only(platform: Platform) -> None:
    config_id = made(platform, related_origins=RELATED)["id"]
    assert read(platform, config_id, "webauthn", "POST").status == 405


def test_another_tenants_realm_has_no_such_file(platform: Platform) -> None:
    config_id = made(platform, related_origins=RELATED)["id"]
    other = platform.second_tenant()
    path = f"/v1/tenants/{other.tenant_id}/realms/{other.admin_realm_id}/authenticator-configs"
    url = f"{platform.auth_base_url}{path}/{config_id}/well-known/webauthn"
    assert platform.call("GET", url).status == 404


def test_related_origins_and_apps_are_expected_and_leave_the_rp_id_alone(
    platform: Platform,
) -> None:
    config = made(platform, related_origins=RELATED, android_apps=[APP])["config"]
    assert config["relying_party_id"] == "app.example.com"
    assert config["expected_origins"] == ["https://app.example.com", *RELATED, APK_ORIGIN]


def test_an_origin_outside_the_rp_id_is_expected_only_if_it_is_related(platform: Platform) -> None:
    outside = {
        "relying_party_id": "app.example.com",
        "expected_origins": ["https://app.example.com", *RELATED],
    }
    assert refused_fields(platform, **outside) == [f"{CONFIG}.relying_party_id"]
    assert made(platform, related_origins=RELATED, **outside)


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ({"related_origins": ["http://shop.example.org"]}, ["related_origins[0]"]),
        ({"related_origins": ["https://co.uk"]}, ["related_origins[0]"]),
        ({"related_origins": ["https://192.0.2.1"]}, ["related_origins[0]"]),
        ({"related_origins": ["http://localhost:3000"]}, ["related_origins[0]"]),
        ({"related_origins": [APK_ORIGIN]}, ["related_origins[0]"]),
        ({"related_origins": ["https://shop.example.org/"]}, ["related_origins[0]"]),
        ({"related_origins": [RELATED[0]] * 2}, ["related_origins[1]"]),
        ({"related_origins": [f"https://brand{n}.com" for n in range(6)]}, ["related_origins"]),
        ({"android_apps": [{**APP, "package_name": "app"}]}, ["android_apps[0].package_name"]),
        (
            {"android_apps": [{**APP, "sha256_cert_fingerprints": [FINGERPRINT.lower()]}]},
            ["android_apps[0].sha256_cert_fingerprints[0]"],
        ),
        (
            {"android_apps": [{**APP, "sha256_cert_fingerprints": []}]},
            ["android_apps[0].sha256_cert_fingerprints"],
        ),
        ({"android_apps": [APP, APP]}, ["android_apps[1].package_name"]),
        ({"apple_app_ids": ["com.example.app"]}, ["apple_app_ids[0]"]),
        ({"passkey_manage_url": "https://evil.example.org/"}, ["passkey_manage_url"]),
        ({"passkey_manage_url": "http://app.example.com/"}, ["passkey_manage_url"]),
        ({"passkey_enroll_url": "javascript:alert(1)"}, ["passkey_enroll_url"]),
        ({"passkey_enroll_url": "https://a@app.example.com/"}, ["passkey_enroll_url"]),
    ],
)
def test_what_no_browser_or_system_would_take_is_refused(
    platform: Platform, config: dict[str, Any], fields: list[str]
) -> None:
    assert refused_fields(platform, **config) == [f"{CONFIG}.{field}" for field in fields]


def test_five_names_on_many_domains_are_enough_for_every_client(platform: Platform) -> None:
    domains = [f"https://brand{n}.{end}" for n in range(5) for end in ("com", "co.uk", "de")]
    assert made(platform, related_origins=domains)


def test_nothing_is_announced_that_the_service_would_refuse(platform: Platform) -> None:
    expected = {"expected_origins": ["https://app.example.com"]}
    assert refused_fields(platform, related_origins=RELATED[:1], **expected) == [
        f"{CONFIG}.related_origins[0]"
    ]
    assert refused_fields(platform, android_apps=[APP], **expected) == [
        f"{CONFIG}.android_apps[0].sha256_cert_fingerprints[0]"
    ]
