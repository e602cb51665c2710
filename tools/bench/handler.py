"""`bench handler`: CPU of each warm request in process, from event to answer, AWS client included.

AWS answers at once, from memory. Beside them, in every round, one ES256 signature and one call of
botocore's: machine-neutral divisors. The range is that of the rounds.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from keybound.edge import aws

from functions.manifest import room
from tools.bench.canned import Recorded, recorded, replayed
from tools.bench.deployment import BenchError, Call, deployment
from tools.bench.log_stream import logged_to
from tools.bench.report import Report, Spread, spread
from tools.bench.requests import EXCHANGE, Measured, Realm, measured
from tools.devserver.events import LambdaContext, http_event
from tools.devserver.invocation import handler_of
from tools.devserver.routing import match

ROUNDS, TIMES = 7, 60
SIGNATURE, AWS_CALL, COPY = "ES256 signature", "one AWS call (GetItem)", "token: code (A/A)"


@dataclass(frozen=True)
class Subject:
    """What is timed: `run` does it once, with its AWS answers from memory."""

    name: str
    run: Callable[[], object]
    answers: Recorded


def measure(rounds: int = ROUNDS, times: int = TIMES) -> dict[str, Spread]:
    """Return CPU µs of each subject; they take turns in every round. Raises BenchError."""
    with open(os.devnull, "w") as nowhere, logged_to(nowhere), deployment() as management:
        return _rotate(_subjects(Realm(management)), rounds, times)


def _rotate(subjects: list[Subject], rounds: int, times: int) -> dict[str, Spread]:
    taken: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    clients = [aws.dynamodb(), aws.kms()]
    for number in range(rounds):
        turn = number % len(subjects)
        for subject in subjects[turn:] + subjects[:turn]:
            with replayed(clients, subject.answers):
                taken[subject.name].append(_cpu_us(subject.run, times))
    return {name: spread(found) for name, found in taken.items()}


def _cpu_us(run: Callable[[], object], times: int) -> float:
    run()
    started = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - started) / times * 1_000_000


def _subjects(realm: Realm) -> list[Subject]:
    subjects = [_signature(), _aws_call()]
    for kind in measured(realm):
        kind.prepare().send()  # the room warms up
        subjects.append(_request(kind, kind.name))
        if kind.name == EXCHANGE:
            subjects.append(_request(kind, COPY))
    return subjects


def _request(kind: Measured, name: str) -> Subject:
    """Record what AWS answers to one request; the same event then goes again and again."""
    invoke = _invocation(kind, kind.prepare())
    with recorded([aws.dynamodb(), aws.kms()]) as answers:
        expected = invoke()["statusCode"]

    def run() -> None:
        status = invoke()["statusCode"]
        if status != expected or status >= 400:
            raise BenchError(f"{name} answered {status}, {expected} when it was recorded")

    return Subject(name, run, answers)


def _invocation(kind: Measured, call: Call) -> Callable[[], dict[str, Any]]:
    event = json.loads(
        json.dumps(http_event(call.http, match(call.host, call.http.path), call.host))
    )
    handle, context = handler_of(room(kind.room)), LambdaContext(kind.room, "bench", 10)
    return lambda: dict(handle(event, context))


def _signature() -> Subject:
    key, message, how = ec.generate_private_key(ec.SECP256R1()), b"m" * 700, ec.ECDSA(SHA256())
    return Subject(SIGNATURE, lambda: key.sign(message, how), {})


def _aws_call() -> Subject:
    key = {"pk": {"S": "nothing"}, "sk": {"S": "there"}}
    table = os.environ["KEYBOUND_DIRECTORY_TABLE"]

    def ask() -> object:
        return aws.dynamodb().get_item(TableName=table, Key=key, ConsistentRead=True)

    with recorded([aws.dynamodb()]) as answers:
        ask()
    return Subject(AWS_CALL, ask, answers)


def run() -> Report:
    costs = measure()
    signature, call = costs[SIGNATURE].median, costs[AWS_CALL].median
    return Report(
        ("request, warm", "CPU us", "in ES256 signatures", "in AWS calls"),
        [
            (name, str(cost), f"{cost.median / signature:.1f}", f"{cost.median / call:.2f}")
            for name, cost in costs.items()
        ],
        {"cpu_us": {name: cost.as_json() for name, cost in costs.items()}},
    )
