"""The benchmarks run on the rooms as they are; nothing here is timed."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from functions.manifest import room
from tests.support.sources import REPOSITORY
from tools.bench import calls, cold, cost, size
from tools.bench.__main__ import main
from tools.bench.handler import AWS_CALL, SIGNATURE
from tools.bench.meter import Cost
from tools.bench.report import Report, spread

PRICES = cost.read_prices()


@pytest.fixture(scope="module")
def counted() -> dict[str, Cost]:
    return calls.count()


def test_every_request_keeps_to_its_round_trips(counted: dict[str, Cost]) -> None:
    over = {
        n: counted[n].round_trips
        for n, most in calls.ROUND_TRIPS.items()
        if counted[n].round_trips > most
    }
    assert over == {}


def test_a_sign_in_writes_three_units_and_reads_four(counted: dict[str, Cost]) -> None:
    login = calls.login(counted)
    assert (login.write_units, login.read_units) == (3, 4)
    assert login.calls["kms:Sign"] == 2


def test_no_request_of_a_sign_in_queries_scans_or_transacts(counted: dict[str, Cost]) -> None:
    operations = {name.partition(":")[2] for name in calls.login(counted).calls}
    assert operations <= {"BatchGetItem", "GetItem", "PutItem", "UpdateItem", "Sign"}


def test_every_log_line_was_counted(counted: dict[str, Cost]) -> None:
    assert all(100 < found.log_bytes < 1000 for found in counted.values())


def request(name: str = "token", **found: float) -> cost.Request:
    times = Counter({"kms:Sign": int(found.pop("signs", 0))})
    return cost.Request(room(name), Cost(times, **found), cpu_us=1000)  # type: ignore[arg-type]


def test_a_million_calls_cost_a_million_times_one_call() -> None:
    paid = cost.per_million(cost.RSA, [request(signs=2, write_units=3, read_units=4)], PRICES)
    assert paid["KMS Sign"] == pytest.approx(6.0)
    assert paid["DynamoDB writes"] == pytest.approx(1.875)
    assert paid["DynamoDB reads"] == pytest.approx(0.5)
    assert paid["API Gateway"] == pytest.approx(1.0)


def test_elliptic_signatures_cost_five_times_as_much() -> None:
    paid = [cost.per_million(m, [request(signs=1)], PRICES)["KMS Sign"] for m in cost.MODES[1:]]
    assert paid[1] == pytest.approx(5 * paid[0])


def test_signing_in_process_pays_no_signature_and_waits_for_none() -> None:
    asked = request(signs=2, round_trips=2)
    local = cost.signed_in_process(asked, signature_us=20, call_us=320)
    assert (local.cost.round_trips, local.cpu_us) == (1, 400)
    assert cost.per_million(cost.DATA_KEY, [local], PRICES)["KMS Sign"] == 0


def test_each_price_names_its_source_and_each_assumption_is_explained() -> None:
    content = json.loads(cost.PRICES.read_text("utf-8"))
    assert all(price["source"] for price in content["prices"].values())
    assert content["assumptions"].keys() == content["assumptions_explained"].keys()
    assert content["as_of"] in cost.PRICES.name


def cells(page: str, section: str) -> dict[str, list[str]]:
    """The rows of a section's first column, with the other columns, of a page of docs/."""
    text = (REPOSITORY / "docs" / page).read_text("utf-8")
    part = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return {row[0].strip(" *"): [cell.strip(" *") for cell in row[1:]] for row in lines}


def paid_with_the_cpu_of_the_page(counted: dict[str, Cost], times: float) -> dict[str, Any]:
    """USD in each mode, with `times` the CPU that docs/performance.md reports."""
    told = {
        name: float(row[0].split(" ")[0].replace(",", "")) * times
        for name, row in cells("performance.md", "CPU of a warm request").items()
        if row[0][0].isdigit() and ", " not in name
    }
    told |= {SIGNATURE: told["ES256 signature"], AWS_CALL: told["one call of botocore"]}
    return cost.in_each_mode(cost.LOGIN, counted, told, PRICES)


def test_the_pages_tell_what_a_million_sign_ins_cost(counted: dict[str, Cost]) -> None:
    paid = paid_with_the_cpu_of_the_page(counted, 1)
    table = cells("performance.md", "Money")
    parts = {
        "API Gateway, HTTP API": ("API Gateway",),
        "Lambda, requests and duration": ("Lambda requests", "Lambda duration"),
        "DynamoDB, writes and reads": ("DynamoDB writes", "DynamoDB reads"),
        "KMS": ("KMS Sign", "KMS Decrypt"),
        "logs: the room's line and the access log": ("logs",),
    }
    for row, summed in parts.items():
        found = [sum(paid[mode][part] for part in summed) for mode in cost.MODES]
        assert [float(cell) for cell in table[row]] == pytest.approx(found, abs=0.03), row
    totals = [sum(paid[mode].values()) for mode in cost.MODES]
    assert [float(cell) for cell in table["total"]] == pytest.approx(totals, abs=0.05)
    assert cells("deploy.md", "What it costs")["total, USD"] == table["total"]


def test_the_goals_are_kept_on_a_machine_half_as_fast(counted: dict[str, Cost]) -> None:
    paid = paid_with_the_cpu_of_the_page(counted, 2)
    assert {mode for mode, most in cost.GOALS.items() if sum(paid[mode].values()) > most} == set()


def test_a_module_without_bytecode_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "python" / "package"
    (package / "__pycache__").mkdir(parents=True)
    for name in ("compiled.py", "plain.py", "__pycache__/compiled.cpython-313.pyc"):
        (package / name).write_text("x = 1\n")
    found = size.measure(tmp_path)
    assert (found.modules, found.without_bytecode) == (2, 1)
    assert size.measure(tmp_path, bytecode=False).without_bytecode == 2


def test_a_round_that_others_disturbed_moves_no_ratio() -> None:
    quiet = {cold.YARDSTICK: spread([200, 201]), "token": spread([240, 242])}
    disturbed = {cold.YARDSTICK: spread([200, 290]), "token": spread([400, 240])}
    assert cold.ratios_of(disturbed) == cold.ratios_of(quiet)
    assert cold.ratios_of(quiet)["token"] == pytest.approx(1.2)


@pytest.mark.parametrize("name", sorted(cold.GATES))
def test_rooms_with_a_gate_start_without_what_they_do_not_use(name: str) -> None:
    script = cold._script(room(name)) + "\nimport sys; print(*sys.modules)"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=REPOSITORY,
            env=cold._environment(""),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    )
    assert "botocore.client" in loaded
    assert loaded & {"boto3", "s3transfer", "pydantic", "urllib3.contrib.pyopenssl"} == set()
    if "webauthn" not in loaded:
        assert "OpenSSL" not in loaded


def test_a_missed_goal_is_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for failures, status in (((), 0), (("authorize: 9",), 1)):
        report = Report(("a",), [("b",)], {"c": 1}, failures=failures)
        monkeypatch.setattr(calls, "run", lambda report=report: report)
        assert main(["calls"]) == status
        assert ("MISSED: authorize: 9" in capsys.readouterr().out) is bool(failures)


def test_what_could_not_be_measured_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(size, "_WHEELS", tmp_path / "nothing")
    assert main(["size"]) == 2
    assert "make layers" in capsys.readouterr().err


def test_json_says_what_it_was_measured_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calls, "run", lambda: Report(("a",), [("b",)], {"c": 1}))
    main(["calls", "--json"])
    content = json.loads(capsys.readouterr().out)
    assert content["c"] == 1
    assert content["measured_with"]["packages"]["boto3"]
