"""AWS answers that were recorded once and are given again, so that only our side costs CPU.

Answers are taken and given where botocore sends its request: it still builds, signs and parses.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import cycle
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from tools.bench.deployment import BenchError

Recorded = dict[str, list[dict[str, Any]]]


class _Body(BytesIO):
    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.getvalue()


@contextmanager
def recorded(clients: list[Any]) -> Iterator[Recorded]:
    """Collect the raw answers that come inside, by operation (`GetItem`), in their order."""
    answers: Recorded = defaultdict(list)

    def keep(response_dict: dict[str, Any], event_name: str, **_: Any) -> None:
        answers[event_name.rpartition(".")[2]].append(response_dict)

    for client in clients:
        client.meta.events.register("response-received", keep)
    try:
        yield answers
    finally:
        for client in clients:
            client.meta.events.unregister("response-received", keep)


@contextmanager
def replayed(clients: list[Any], answers: Recorded) -> Iterator[None]:
    """Answer with what was recorded, again and again; another operation raises BenchError."""
    turns = {operation: cycle(given) for operation, given in answers.items()}

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        if operation not in turns:
            raise BenchError(f"{operation} was not asked for when answers were recorded")
        given = next(turns[operation])
        body = _Body(given["body"])
        return AWSResponse(request.url, given["status_code"], given["headers"], body)

    for client in clients:
        client.meta.events.register("before-send", answer)
    botocore_stubber.enabled = False  # else moto would answer as well, unheard
    try:
        yield
    finally:
        botocore_stubber.enabled = True
        for client in clients:
            client.meta.events.unregister("before-send", answer)
