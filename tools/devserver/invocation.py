"""Runs rooms in this process, as Lambda would: their handler, an event, a context."""

import importlib
import json
from functools import cache
from typing import Any, Protocol
from uuid import uuid4

from functions.manifest import Host, Room
from tools.devserver.events import (
    HttpAnswer,
    HttpCall,
    LambdaContext,
    http_event,
    read_answer,
    schedule_event,
)
from tools.devserver.routing import match

MAX_ANSWER_BYTES = 6 * 1024 * 1024


class Handler(Protocol):
    def __call__(self, event: dict[str, Any], context: LambdaContext, /) -> Any: ...


@cache
def handler_of(room: Room) -> Handler:
    """Import a room's handler, when it is first called."""
    module, _, name = room.handler.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def call_route(host: Host, call: HttpCall) -> HttpAnswer:
    """Answer a call on one of the two APIs through the room of its route.

    Raises what the handler raises, and ValueError for an answer that Lambda or API Gateway
    would refuse: not JSON, over 6 MB, or of another form.
    """
    found = match(host, call.path)
    return read_answer(_invoke(found.room, http_event(call, found, host)))


def run_schedule(room: Room, now_s: int) -> Any:
    """Run a scheduled room once and return what it returned. Raises what it raises."""
    return _invoke(room, schedule_event(now_s))


def send_event(room: Room, event: dict[str, Any]) -> Any:
    """Bring a room an event, as EventBridge would, and return what it returned."""
    return _invoke(room, event)


def _invoke(room: Room, event: dict[str, Any]) -> Any:
    context = LambdaContext(room.name, str(uuid4()), room.timeout_s)
    # Through JSON both ways, so that nothing passes here which Lambda could not carry.
    text = json.dumps(handler_of(room)(json.loads(json.dumps(event)), context))
    if len(text) > MAX_ANSWER_BYTES:
        raise ValueError(f"{room.name} answered more than {MAX_ANSWER_BYTES} bytes")
    return json.loads(text)
