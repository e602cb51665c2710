"""A deployment's settings are read whole, and each mistake is named."""

import json
from typing import Any

import pytest

from infra.app import REPOSITORY
from infra.settings import Settings, SettingsError, from_context


def read(**given: Any) -> Settings:
    context = {f"keybound:{name}": value for name, value in given.items()}
    return from_context(context.get, context)


def test_without_any_settings_there_is_a_protected_deployment() -> None:
    assert read() == Settings()
    assert not Settings().disposable


def test_the_settings_that_are_shipped_are_the_defaults() -> None:
    context = json.loads((REPOSITORY / "cdk.json").read_text("utf-8"))["context"]
    assert from_context(context.get, context) == Settings()


def test_settings_of_the_command_line_come_as_text() -> None:
    settings = read(
        signing_slots="b,a",
        signing_algorithms="RS256",
        log_retention_days="7",
        disposable="true",
        stage="trial",
    )
    assert settings.signing_slots == ("a", "b")
    assert settings.signing_algorithms == ("RS256",)
    assert settings.log_retention_days == 7
    assert settings.disposable is True


def test_key_pairs_need_no_signing_key_in_kms() -> None:
    settings = read(signing_mode="kms-data-key-pair", signing_slots="")
    assert settings.signing_slots == ()


CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
EDGE = {
    "auth_domain_name": "id.example.com",
    "edge_origin_domain_name": "a1b2c3.execute-api.eu-west-1.amazonaws.com",
    "edge_hosted_zone_id": "Z0123456789",
}


def test_an_edge_takes_its_certificate_from_a_zone_or_from_an_arn() -> None:
    assert read(**EDGE).edge
    assert read(**EDGE | {"edge_hosted_zone_id": "", "edge_certificate_arn": CERTIFICATE}).edge
    assert not Settings().edge


WRONG: list[tuple[str, Any]] = [
    ("name", "Keybound"),
    ("name", "k"),
    ("stage", "a-very-long-stage-name"),
    ("stage", "prod\n"),
    ("stage", 1),
    ("auth_domain_name", "https://login.example.com"),
    ("auth_domain_name", "Login.example.com"),
    ("auth_domain_name", "localhost"),
    ("auth_certificate_arn", "arn:aws:iam::123456789012:role/x"),
    ("signing_mode", "local"),
    ("signing_algorithms", ["ES256"]),
    ("signing_algorithms", ["RS256", "HS256"]),
    ("signing_algorithms", "RS256,RS256"),
    ("signing_slots", ["a", "a"]),
    ("signing_slots", ["c"]),
    ("signing_slots", 1),
    ("log_retention_days", 8),
    ("log_retention_days", "0"),
    ("log_retention_days", True),
    ("log_retention_days", "²"),
    ("requests_per_second", 0),
    ("request_burst", "many"),
    ("cache_ttl_s", -1),
    ("cache_ttl_s", 301),
    ("longest_access_token_s", 299),
    ("longest_access_token_s", 86_401),
    ("longest_refresh_token_s", 3599),
    ("longest_refresh_token_s", "90d"),
    ("directory_table_name", "arn:aws:dynamodb:eu-west-1:1:table/x"),
    ("sender", "nobody"),
    ("sender", "a@b@example.com"),
    ("sender", "Ann <ann@example.com>"),
    ("watch", "on"),
    ("alarm_topic_arn", "arn:aws:sqs:eu-west-1:123456789012:queue"),
    ("alarm_email", "ops@localhost"),
    ("edge_origin_domain_name", "https://a.execute-api.eu-west-1.amazonaws.com"),
    ("edge_certificate_arn", "arn:aws:acm:eu-west-1:123456789012:certificate/1"),
    ("edge_hosted_zone_id", "/hostedzone/Z1"),
    ("edge_requests_per_5_minutes", 9),
    ("edge_secret_version", "AWSCURRENT"),
    ("disposable", "yes"),
    ("disposable", 1.5),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"^keybound:{name}: expected"):
        read(**{name: value})


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read(stage="", log_retention_days=8, signing_slots="z")
    assert len(str(refused.value).splitlines()) == 3


def test_a_misspelt_setting_is_refused_and_other_context_is_not_ours() -> None:
    with pytest.raises(SettingsError, match="keybound:retention: no such setting"):
        read(retention=7)
    other = {"@aws-cdk/aws-lambda:recognizeLayerVersion": True}
    assert from_context(other.get, other) == Settings()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"disposable": True}, "keybound:disposable: never for the stage prod"),
        ({"signing_slots": ""}, "keybound:signing_slots: expected at least one"),
        ({"requests_per_second": 300}, "keybound:request_burst"),
        (
            {"auth_domain_name": "id.example.com", "api_domain_name": "id.example.com"},
            "must differ",
        ),
        (
            {"api_certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"},
            "needs keybound:api_domain_name",
        ),
        ({"alarm_email": "ops@example.com"}, "keybound:watch: must be true"),
        (
            {
                "watch": True,
                "alarm_email": "ops@example.com",
                "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:on-call",
            },
            "keybound:alarm_email",
        ),
        ({"edge_hosted_zone_id": "Z0123456789"}, "needed by the other keybound:edge settings"),
        ({**EDGE, "auth_domain_name": ""}, "needs keybound:auth_domain_name"),
        ({**EDGE, "edge_hosted_zone_id": ""}, "keybound:edge_certificate_arn: expected this or"),
        ({**EDGE, "edge_certificate_arn": CERTIFICATE}, "keybound:edge_certificate_arn: expected"),
        ({**EDGE, "auth_certificate_arn": CERTIFICATE}, "CloudFront serves it"),
        ({**EDGE, "edge_origin_domain_name": "id.example.com"}, "the API's own endpoint"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read(**given)
