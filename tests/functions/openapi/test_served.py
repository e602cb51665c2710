"""`GET /openapi.json`: the committed document, to everybody, cacheable."""

import json

from keybound.edge.http import MAX_BODY_BYTES

from tests.support.aws_calls import count_aws_calls
from tests.support.openapi_answers import published
from tests.support.platform import Platform

PATH = "/openapi.json"


def test_it_is_the_committed_document_for_everybody(platform: Platform) -> None:
    with count_aws_calls() as calls:
        answer = platform.call("GET", PATH)
    assert (answer.status, calls) == (200, [])
    assert answer.json() == published()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(answer.body) < 1_000_000


def test_who_has_it_is_told_so(platform: Platform) -> None:
    tag = platform.call("GET", PATH).headers["etag"]
    again = platform.call("GET", PATH, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert platform.call("GET", PATH, headers={"if-none-match": '"other"'}).status == 200


def test_head_and_other_methods(platform: Platform) -> None:
    head = platform.call("HEAD", PATH)
    assert (head.status, head.body) == (200, b"")
    other = platform.call("POST", PATH)
    assert (other.status, other.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_the_auth_host_has_none(platform: Platform) -> None:
    assert platform.call("GET", PATH, host="auth").status == 404


def test_it_names_no_tenant_and_no_host(platform: Platform) -> None:
    text = json.dumps(published())
    assert platform.tenant_id not in text
    assert [server["url"] for server in published()["servers"]] == ["/"]


def test_a_body_over_the_limit_is_413_for_every_operation(platform: Platform) -> None:
    """Before anything else is looked at, whoever calls."""
    for path, item in published()["paths"].items():
        for method in set(item) - {"parameters"}:
            large = b"{" + b" " * MAX_BODY_BYTES
            answer = platform.call(
                method.upper(), path.replace("{", "").replace("}", ""), body=large
            )
            assert (answer.status, answer.json()["code"]) == (413, "payload_too_large"), path


def test_a_body_at_the_limit_is_read(platform: Platform) -> None:
    start = b'{"group": {"display_name": "Staff", "description": "", "x": "'
    body = start + b"x" * (MAX_BODY_BYTES - len(start) - 3) + b'"}}'
    assert len(body) == MAX_BODY_BYTES
    token = platform.management_token()
    answer = platform.call("POST", f"{platform.realm_path}/groups", body=body, token=token)
    assert answer.status == 200, answer.text
