"""The benchmarks run on the rooms as they are; nothing here is timed."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from functions.manifest import room
from tests.support.sources import REPOSITORY
from tools.bench import calls, cold, cost, size
from tools.bench.__main__ import main
from tools.bench.meter import Cost
from tools.bench.report import Report

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


def test_a_module_without_bytecode_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "python" / "package"
    (package / "__pycache__").mkdir(parents=True)
    for name in ("compiled.py", "plain.py", "__pycache__/compiled.cpython-313.pyc"):
        (package / name).write_text("x = 1\n")
    found = size.measure(tmp_path)
    assert (found.modules, found.without_bytecode) == (2, 1)
    assert size.measure(tmp_path, bytecode=False).without_bytecode == 2


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
