"""`bench cold`: what a room costs before its first request, in CPU of a fresh interpreter.

Counted are the import of the room's handler and the making of the AWS clients it uses, beside
`import boto3` and one DynamoDB client in the same run; both over the bare interpreter. Bytecode
is there, as in a deployed package. Wall time, network and TLS are not part of it.

Ratios are of the least of the rounds, on both sides: what else runs on the machine only ever adds
to the CPU of a process (caches and clocks), and adds by chance. The copy of the yardstick tells how
far a ratio may be trusted.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.manifest import ROOMS, Room, room
from tools.bench.report import Report, Spread, spread
from tools.devserver.cloud import forget_real_accounts

REPOSITORY = Path(__file__).resolve().parents[2]
ROUNDS = 7
DEAREST = 10
#: Most that a room may cost, as a multiple of the yardstick.
GATES = {"authorize": 1.35, "token": 1.35, "authenticate": 1.65, "bind_redirect": 1.65}

BARE, YARDSTICK, COPY = "bare Python", "boto3 + DynamoDB client", "the same again (A/A)"
_CLIENT = "import boto3\nboto3.client('dynamodb')"
_END = "\nimport time; print(time.process_time() * 1000)"


def measure(rounds: int = ROUNDS) -> dict[str, Spread]:
    """Return CPU ms of each subject over the bare interpreter; they take turns in every round."""
    subjects = {BARE: "pass", YARDSTICK: _CLIENT, COPY: _CLIENT}
    subjects |= {room.name: _script(room) for room in ROOMS}
    names = list(subjects)
    taken: dict[str, list[float]] = {name: [] for name in names}
    with TemporaryDirectory() as bytecode:
        environment = _environment(bytecode)
        for name in names:
            _cpu_ms(subjects[name], environment)  # writes the bytecode
        for number in range(rounds):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                taken[name].append(_cpu_ms(subjects[name], environment))
    bare = spread(taken.pop(BARE)).low
    return {name: spread([ms - bare for ms in found]) for name, found in taken.items()}


def dearest(name: str, rounds: int = 3) -> list[tuple[str, float]]:
    """Return the ten modules whose own code costs most to import, with ms (least of `rounds`)."""
    found: dict[str, float] = {}
    with TemporaryDirectory() as bytecode:
        environment = _environment(bytecode)
        for number in range(rounds + 1):
            text = _run(_script(room(name)), environment, "-X", "importtime").stderr
            if number:  # the first run writes the bytecode
                for own_us, module in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", text):
                    found[module] = min(found.get(module, float("inf")), int(own_us) / 1000)
    return sorted(found.items(), key=lambda entry: -entry[1])[:DEAREST]


def ratios_of(costs: Mapping[str, Spread]) -> dict[str, float]:
    """Return each subject as a multiple of the yardstick, least by least."""
    return {name: cost.low / costs[YARDSTICK].low for name, cost in costs.items()}


def run() -> Report:
    costs = measure()
    modules = {name: dearest(name) for name in GATES}
    ratios = ratios_of(costs)
    over = [f"{n}: {ratios[n]:.2f}, at most {g}" for n, g in GATES.items() if ratios[n] > g]
    return Report(
        ("subject", "CPU ms over bare Python", "ratio of the least", "at most"),
        [(n, str(c), f"{ratios[n]:.2f}", str(GATES.get(n, ""))) for n, c in costs.items()],
        {
            "cpu_ms": {name: cost.as_json() for name, cost in costs.items()},
            "ratio": ratios,
            "dearest_modules_ms": modules,
        },
        notes=[_listed(name, found) for name, found in modules.items()],
        failures=over,
    )


def _listed(name: str, modules: list[tuple[str, float]]) -> str:
    return f"{name}, dearest: " + ", ".join(f"{module} {ms:.1f}" for module, ms in modules)


def _script(subject: Room) -> str:
    lines = [f"import {subject.handler.rpartition('.')[0]}"]
    services = (["dynamodb"] if subject.grants else []) + (
        ["kms"] if subject.unwraps or subject.signs else []
    )
    if services:
        lines.append("from keybound.edge import aws")
    return "\n".join(lines + [f"aws.client({service!r})" for service in services])


def _environment(bytecode: str) -> dict[str, str]:
    """Give interpreters a folder of their own for bytecode, and no account."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPYCACHEPREFIX": bytecode}
    forget_real_accounts(environment)
    return environment


def _cpu_ms(script: str, environment: Mapping[str, str]) -> float:
    return float(json.loads(_run(script + _END, environment).stdout))


def _run(
    script: str, environment: Mapping[str, str], *options: str
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *options, "-c", script]
    return subprocess.run(
        command, cwd=REPOSITORY, env=dict(environment), capture_output=True, text=True, check=True
    )
