"""Events as API Gateway makes them (HTTP APIs, payload format 2.0), and answers read back."""

import base64
from typing import Any

import pytest

from functions.manifest import ROOMS, Host
from tools.devserver.events import HttpCall, http_event, read_answer, schedule_event
from tools.devserver.routing import match

T, R, ID = "0011223344556677", "8899aabbccddeeff", "0123456789abcdef"
IDENTITIES = f"/v1/tenants/{T}/realms/{R}/identities"
JOB = f"{IDENTITIES}/{ID}/credential-binding-jobs/fedcba9876543210"


def event_of(call: HttpCall, host: Host = Host.API) -> dict[str, Any]:
    return http_event(call, match(host, call.path), host)


# Routes


def test_the_route_key_is_the_manifests_template() -> None:
    event = event_of(HttpCall("GET", f"{IDENTITIES}/{ID}"))
    route = "ANY /v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == route
    assert event["pathParameters"] == {"tenant_id": T, "realm_id": R, "identity_id": ID}


def test_every_route_of_the_manifest_leads_to_its_own_room() -> None:
    for room in ROOMS:
        for template in room.routes:
            assert room.host is not None
            found = match(room.host, template.replace("{", "x").replace("}", ""))
            assert (found.room, found.route_key) == (room, f"ANY {template}")


def test_a_colon_verb_stays_in_the_variable() -> None:
    event = event_of(HttpCall("GET", f"{JOB}:invokeAuthenticator?token=t"), Host.AUTH)
    assert event["pathParameters"]["job_action"] == "fedcba9876543210:invokeAuthenticator"


def test_a_literal_segment_beats_a_variable() -> None:
    from tools.devserver import routing

    wanted, other = "/a/literal", "/a/{variable}"
    room = ROOMS[0]
    for order in ([wanted, other], [other, wanted]):
        table = {Host.API: [(template, room) for template in order]}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(routing, "_ROUTES", table)
            assert match(Host.API, "/a/literal").route_key == f"ANY {wanted}"
            assert match(Host.API, "/a/else").route_key == f"ANY {other}"


def test_path_parameters_are_decoded() -> None:
    event = event_of(HttpCall("GET", f"{IDENTITIES}/%C3%A4%20%3A"))
    assert event["pathParameters"]["identity_id"] == "ä :"
    assert event["rawPath"].endswith("/ä :")


@pytest.mark.parametrize(
    "path", [f"{IDENTITIES}/", "/v1/tenants//realms", f"{IDENTITIES}%2F{ID}/x"]
)
def test_an_empty_or_split_segment_is_no_variable(path: str) -> None:
    event = event_of(HttpCall("GET", path))
    assert event["routeKey"] == "$default"
    assert "pathParameters" not in event


# Query, headers, cookies


def test_the_query_stays_as_it_was_sent() -> None:
    query = "a=1&a=2&b=%20x+y&c&=&%ff=%00"
    event = event_of(HttpCall("GET", f"{IDENTITIES}?{query}"))
    assert event["rawQueryString"] == query
    assert event["queryStringParameters"]["a"] == "1,2"
    assert event["queryStringParameters"]["b"] == " x y"


def test_without_a_query_there_are_no_parameters() -> None:
    event = event_of(HttpCall("GET", IDENTITIES))
    assert event["rawQueryString"] == ""
    assert "queryStringParameters" not in event


def test_header_names_are_lower_case_and_repeats_joined_with_commas() -> None:
    sent = [("X-One", "a"), ("Authorization", "Bearer x"), ("x-ONE", "b, c")]
    event = event_of(HttpCall("GET", IDENTITIES, sent))
    assert event["headers"] == {"x-one": "a,b, c", "authorization": "Bearer x"}


def test_cookies_have_a_list_of_their_own() -> None:
    sent = [("Cookie", "a=1; b=2"), ("cookie", "c=3;")]
    event = event_of(HttpCall("GET", IDENTITIES, sent))
    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]
    assert "cookies" not in event_of(HttpCall("GET", IDENTITIES))


# Bodies


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/plain",
        "text/x",
        "application/xml",
    ],
)
def test_text_arrives_as_text(content_type: str) -> None:
    event = event_of(HttpCall("POST", IDENTITIES, [("content-type", content_type)], "ä".encode()))
    assert (event["body"], event["isBase64Encoded"]) == ("ä", False)


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "application/octet-stream", "application/x+json", ""],
)
def test_anything_else_arrives_as_base64(content_type: str) -> None:
    headers = [("content-type", content_type)] if content_type else []
    event = event_of(HttpCall("POST", IDENTITIES, headers, b"a=1"))
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"a=1", True)


def test_bytes_that_are_no_utf8_reach_the_room_unchanged() -> None:
    headers = [("content-type", "application/json")]
    event = event_of(HttpCall("POST", IDENTITIES, headers, b'{"a":"\xff"}'))
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b'{"a":"\xff"}', True)


def test_no_body_is_no_member() -> None:
    event = event_of(HttpCall("GET", IDENTITIES))
    assert "body" not in event
    assert event["isBase64Encoded"] is False


# Context


def test_the_request_context_says_who_called_what_and_when() -> None:
    call = HttpCall("PATCH", f"{IDENTITIES}/{ID}?x=1", [("User-Agent", "test/1")])
    context = event_of(call)["requestContext"]
    assert context["http"] == {
        "method": "PATCH",
        "path": f"{IDENTITIES}/{ID}",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "test/1",
    }
    assert context["stage"] == "$default"
    assert context["timeEpoch"] > 1_700_000_000_000
    assert context["requestId"] != event_of(call)["requestContext"]["requestId"]


def test_a_schedule_says_when() -> None:
    assert schedule_event(0)["time"] == "1970-01-01T00:00:00Z"


# Answers


def test_answer_headers_become_lower_case_and_cookies_stay_apart() -> None:
    answer = read_answer(
        {"statusCode": 201, "headers": {"X-A": "1"}, "body": "ä", "cookies": ["a=1", "b=2"]}
    )
    assert (answer.status, answer.body, answer.cookies) == (201, "ä".encode(), ("a=1", "b=2"))
    assert answer.headers == {"x-a": "1", "content-type": "text/plain;charset=utf-8"}


def test_a_base64_answer_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    answer = read_answer({"statusCode": 200, "body": body, "isBase64Encoded": True})
    assert answer.body == b"\x00\xff"


@pytest.mark.parametrize("result", [None, "ok", {}, {"statusCode": "200"}, {"body": "x"}])
def test_an_answer_without_a_status_code_is_a_fault(result: object) -> None:
    with pytest.raises(ValueError, match="statusCode"):
        read_answer(result)


def test_an_answer_with_more_headers_than_api_gateway_sends_is_a_bug() -> None:
    with pytest.raises(ValueError, match="headers"):
        read_answer(
            {"statusCode": 302, "headers": {"location": "https://a.example/" + "x" * 10_240}}
        )
