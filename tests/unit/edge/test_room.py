"""How a room dispatches, maps errors and logs: once, and nothing secret."""

import json
import re
from typing import Any

import pytest
from keybound.domain.errors import BadRequest, Unavailable
from keybound.edge.errors import management_error, oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.room import Route, run

from tests.support.log_lines import captured_log

PATH = "/v1/things/{thing_id}"


def event(method: str = "GET", **changes: Any) -> dict[str, Any]:
    return {
        "routeKey": f"ANY {PATH}",
        "rawQueryString": "token=t0p-s3cret",
        "headers": {"authorization": "Bearer t0p-s3cret", "origin": "https://a.example"},
        "pathParameters": {"thing_id": "1"},
        "requestContext": {"http": {"method": method}, "requestId": "r-1"},
        **changes,
    }


def good(request: Request) -> Response:
    return Response(200, '{"secret":"t0p-s3cret"}', notes={"identity_id": "i-1"})


def broken(request: Request) -> Response:
    raise RuntimeError("nobody foresaw this, which quotes t0p-s3cret")


def unavailable(request: Request) -> Response:
    raise Unavailable(detail="dynamodb Throttling")


def refused(request: Request) -> Response:
    raise BadRequest("no", detail="for the log")


def cors(request: Request) -> dict[str, str]:
    return {"access-control-allow-origin": request.header("origin"), "vary": "Origin"}


def answer(endpoint: Any, sent: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The room's answer and its one line."""
    route = Route({"GET": endpoint, "POST": endpoint}, oauth_error, cors=cors)
    with captured_log() as lines:
        found = run({PATH: route}, sent, room="things")
    assert len(lines) == 1, "one line for every request"
    assert "t0p-s3cret" not in lines[0]
    return found, json.loads(lines[0])


def test_a_good_answer_is_logged_with_its_notes_which_do_not_leave() -> None:
    found, line = answer(good, event())
    assert set(found) == {"statusCode", "headers", "body"}
    assert (line["status"], line["identity_id"], line["request_id"]) == (200, "i-1", "r-1")
    assert line["message"] == f"GET {PATH}"
    assert "i-1" not in json.dumps(found)


def test_the_line_is_one_that_lambda_takes_and_says_nothing_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda reads level and time itself, and assumes INFO where the time is not RFC 3339's."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
    _, line = answer(good, event())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
    own = ["level", "message", "timestamp", "room", "request_id", "status", "duration_ms"]
    assert list(line) == [*own, "identity_id"]


def test_a_bug_is_a_bare_500_and_the_log_says_where_but_quotes_nothing() -> None:
    found, line = answer(broken, event())
    assert found["statusCode"] == 500
    assert "foresaw" not in found["body"]
    assert line["exception"] == "RuntimeError"
    assert line["trace"][-1].endswith(" broken")
    assert line["level"] == "ERROR"


def test_unavailable_is_503_with_a_retry_hint_and_an_error_in_the_log() -> None:
    found, line = answer(unavailable, event())
    assert (found["statusCode"], found["headers"]["retry-after"]) == (503, "1")
    assert "Throttling" not in found["body"]
    assert (line["level"], line["detail"]) == ("ERROR", "dynamodb Throttling")


def test_a_refusal_says_why_in_the_log_only() -> None:
    found, line = answer(refused, event())
    assert found["statusCode"] == 400
    assert "for the log" not in found["body"]
    assert (line["detail"], line["level"]) == ("for the log", "INFO")


@pytest.mark.parametrize("endpoint", [good, refused, unavailable])
def test_every_answer_of_a_call_has_its_cors_headers(endpoint: Any) -> None:
    found, _ = answer(endpoint, event())
    assert found["headers"]["access-control-allow-origin"] == "https://a.example"


@pytest.mark.parametrize(
    "body",
    [{"body": "x" * 300_000}, {"body": "!", "isBase64Encoded": True}],
    ids=["too large", "unreadable"],
)
def test_a_body_that_cannot_be_read_still_gets_them(body: dict[str, Any]) -> None:
    found, line = answer(good, event("POST", **body))
    assert found["statusCode"] == line["status"]
    assert found["statusCode"] in (400, 413)
    assert found["headers"]["access-control-allow-origin"] == "https://a.example"


@pytest.mark.parametrize("endpoint", [good, refused, unavailable])
def test_head_never_has_a_body(endpoint: Any) -> None:
    found, _ = answer(endpoint, event("HEAD"))
    assert found["body"] == ""


def test_options_without_a_preflight_names_the_methods() -> None:
    found, _ = answer(broken, event("OPTIONS"))
    assert found["statusCode"] == 204
    assert found["headers"]["allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_route_that_is_not_this_rooms_is_not_found() -> None:
    with captured_log() as lines:
        found = run({}, event(), room="things")
    assert found["statusCode"] == 404
    assert len(lines) == 1
    assert management_error(BadRequest("x")).status == 400
