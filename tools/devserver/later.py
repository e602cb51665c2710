"""Rooms that call other rooms without waiting: what Lambda's own queue does in a deployment."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from keybound.edge import aws

from functions.manifest import room
from tools.devserver.invocation import send_event

ACCEPTED = 202


@dataclass(frozen=True)
class Later:
    """One call that was accepted."""

    function: str
    event: dict[str, Any]

    def run(self) -> Any:
        """Call the room and return what it returned. Raises what it raises."""
        return send_event(room(self.function), self.event)


def watch(accept: Callable[[Later], None]) -> None:
    """Give `accept` every asynchronous Invoke of the clients that are made from now on; moto, which
    would want containers for it, never sees one."""

    def invoke(params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        name = params["url_path"].split("/functions/")[1].partition("/")[0]
        if params["headers"].get("X-Amz-Invocation-Type") != "Event":
            raise ValueError(f"{name} was called to be waited for")
        accept(Later(name, json.loads(params["body"])))
        return SimpleNamespace(status_code=ACCEPTED), {"StatusCode": ACCEPTED}

    events = aws.session().get_component("event_emitter")
    events.register("before-call.lambda.Invoke", invoke)


def in_a_thread(later: Later) -> None:
    """Run it beside the request that it came from. What it raises is printed, as Lambda logs it."""
    threading.Thread(target=later.run, daemon=True).start()
