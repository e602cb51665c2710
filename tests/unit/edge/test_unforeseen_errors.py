"""A bug in a room is a bare 500 for the caller and a trace in the log, without what was sent."""

import json
from typing import Any

from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.room import Route, run

from tests.support.log_lines import captured_log

EVENT: dict[str, Any] = {
    "routeKey": "ANY /thing",
    "rawQueryString": "token=very-secret",
    "requestContext": {"http": {"method": "GET"}, "requestId": "r-1"},
}


def broken(request: Request) -> Response:
    raise KeyError(request.raw_query)


def test_an_unforeseen_error_is_a_bare_500_and_a_trace_without_the_error_s_text() -> None:
    with captured_log() as lines:
        answer = run({"/thing": Route({"GET": broken}, management_error)}, EVENT, room="thing")
    assert answer["statusCode"] == 500
    assert "secret" not in json.dumps(answer)
    line = json.loads(lines[0])
    assert line["exception"] == "KeyError"
    assert line["trace"][-1].endswith(" broken")
    assert "secret" not in json.dumps(line)
