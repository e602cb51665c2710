"""docs/deploy.md says what the settings are and what an idle deployment costs; both are counted."""

import re
from dataclasses import fields
from typing import Any

import pytest

from infra.app import REPOSITORY
from infra.components.log_signals import ALWAYS
from infra.settings import Settings
from tests.infra.conftest import synthesised
from tests.infra.templates import Templates, of_type, properties

TEXT = (REPOSITORY / "docs" / "deploy.md").read_text("utf-8")


def rows(section: str) -> list[list[str]]:
    """The cells of every row of the section's table, its head left out."""
    part = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def written(value: Any) -> str:
    match value:
        case "":
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return f"`{', '.join(value)}`"
    return f"`{value}`"


def test_every_setting_has_a_row_with_its_default_and_no_other_has_one() -> None:
    said = {name.strip("`"): default for name, default, _ in rows("Settings")}
    assert said == {field.name: written(field.default) for field in fields(Settings)}


def costs() -> dict[str, tuple[str, str, str]]:
    return {part: (number, each, total) for part, number, each, total in rows("What it costs")}


def check(part: str, number: int) -> None:
    """A count that the page calls `about` may be off by a sixth: it grows with every room."""
    (said,) = (row for name, row in costs().items() if name.startswith(part))
    told = int(said[0].removeprefix("about "))
    assert abs(told - number) <= (number / 6 if said[0].startswith("about ") else 0), part
    assert float(said[2]) == pytest.approx(told * float(said[1])), part


def test_keys_are_as_many_as_it_says(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check("KMS keys, mode `kms` ", len(of_type(templates.state, "KMS::Key")))
    chosen = {"signing_mode": "kms-data-key-pair", "signing_slots": ""}
    pairs = synthesised(tmp_path_factory.mktemp("pairs"), chosen)
    check("KMS keys, mode `kms-data-key-pair`", len(of_type(pairs.state, "KMS::Key")))


def test_alarms_look_at_as_many_metrics_as_it_says(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """AWS charges for each metric that an alarm looks at."""
    watching = synthesised(tmp_path_factory.mktemp("watching"), {"watch": True})
    looked_at = 0
    for alarm in properties(watching.watch, "CloudWatch::Alarm"):
        looked_at += sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1
    check("`watch`: metrics that alarms look at", looked_at)
    made = {
        each["MetricTransformations"][0]["MetricName"]
        for each in properties(watching.watch, "Logs::MetricFilter")
    }
    assert len(made) >= len(ALWAYS)  # some are for the dashboard alone
    check("`watch`: metrics out of logs", len(made))
    check("`watch`: dashboard", len(of_type(watching.watch, "CloudWatch::Dashboard")))


def test_the_edge_has_one_firewall_with_one_rule_and_two_secrets(whole: Templates) -> None:
    (firewall,) = properties(whole.edge, "WAFv2::WebACL")
    assert len(firewall["Rules"]) == 1
    assert costs()["edge: firewall and its rule"] == ("2", "5.00 and 1.00", "6.00")
    (secret,) = properties(whole.state, "SecretsManager::Secret")
    check("edge: secret", 1 + len(secret["ReplicaRegions"]["Fn::If"][1]))


def test_names_that_an_operator_needs_are_those_that_are_made(whole: Templates) -> None:
    made = str([whole.state, whole.app, whole.edge, whole.watch])
    named = re.findall(r"`([^`]*keybound-prod[^`<]*)`", TEXT)
    named = [name for name in named if "://" not in name and " " not in name]
    stacks = {"keybound-prod-state", "keybound-prod-app", "keybound-prod-watch"}
    stacks.add("keybound-prod-edge")
    assert len(named) > 10
    assert [name for name in named if name not in made and name not in stacks] == []
