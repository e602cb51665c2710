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
    ],
)
def test_settings_that_contradict_each_other_are_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read(**given)
