"""The doctor's HTTP checks against answers that are wrong in one way each."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

import pytest

from tools.cli.doctor.findings import Finding, Status, examine
from tools.cli.doctor.hosts import MAX_SKEW_S, Hosts
from tools.cli.doctor.http_client import Answer
from tools.cli.doctor.issuer import Client, Issuer

AUTH, API = "https://auth.example.com", "https://api.example.com"
ISSUER = f"{AUTH}/v1/tenants/{'1' * 16}/realms/{'2' * 16}/applications/{'3' * 36}"
NOW = 1_800_000_000.0

Change = Callable[[str, str, Answer], Answer]


def answer(status: int, content: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named["date"] = formatdate(NOW, usegmt=True)
    return Answer(status, named, json.dumps(content).encode() if content is not None else b"")


def healthy(method: str, url: str) -> Answer:
    """What a deployment in order answers."""
    open_to_all = {"access_control_allow_origin": "*"}
    if method == "OPTIONS" and url.endswith("/token"):
        return answer(204, vary="Origin")
    if method == "OPTIONS":
        return answer(
            204,
            **open_to_all,
            access_control_allow_methods="POST, OPTIONS",
            access_control_allow_headers="authorization, content-type, dpop",
        )
    if url.endswith("/realms"):
        details = [{"type": "Challenge", "www_authenticate": "Bearer"}]
        content = {"code": "unauthorized", "message": "x", "details": details}
        return answer(401, content, www_authenticate="Bearer")
    if url.endswith("/keybound-doctor"):
        return answer(404, {"code": "not_found", "message": "x", "details": []})
    return answer(200, {"issuer": ISSUER, "keys": [{"kid": "k1", "alg": "RS256"}]})


def hosts(change: Change = lambda method, url, same: same, now: float = NOW) -> Hosts:
    def exchange(method: str, url: str, *_: Mapping[str, str] | bytes | None) -> Answer:
        return change(method, url, healthy(method, url))

    return Hosts(AUTH, API, exchange, lambda: now, lambda *_: [])


def only_failure(found: list[Finding]) -> Finding:
    failed = [each for each in found if each.status is Status.FAILED]
    assert len(failed) == 1, failed
    return failed[0]


def with_header(name: str, value: str | None, *, method: str = "", end: str = "") -> Change:
    def change(called: str, url: str, same: Answer) -> Answer:
        if (method and called != method) or not url.endswith(end):
            return same
        headers = {key: text for key, text in same.headers.items() if key != name}
        return Answer(same.status, headers | ({name: value} if value else {}), same.body)

    return change


def test_a_deployment_in_order_has_no_failure() -> None:
    found = examine(hosts().checks())
    assert {each.status for each in found} == {Status.OK}, found


def test_a_challenge_that_api_gateway_renamed_is_in_order() -> None:
    def renamed(method: str, url: str, same: Answer) -> Answer:
        moved = {
            name.replace("www-auth", "x-amzn-remapped-www-auth"): v
            for name, v in same.headers.items()
        }
        return Answer(same.status, moved, same.body)

    found = {each.check: each for each in examine(hosts(renamed).checks())}
    assert found["401 of the api host"].status is Status.OK
    assert "x-amzn-remapped-www-authenticate" in found["401 of the api host"].found


def test_a_challenge_that_was_taken_away_is_noticed() -> None:
    found = examine(hosts(with_header("www-authenticate", None)).checks())
    assert only_failure(found).found == "the challenge is missing in the header"


def test_a_body_that_does_not_repeat_the_challenge_is_noticed() -> None:
    def emptied(method: str, url: str, same: Answer) -> Answer:
        return Answer(401, same.headers, b"{}") if same.status == 401 else same

    assert only_failure(examine(hosts(emptied).checks())).found.endswith("in the body")


@pytest.mark.parametrize("details", ["text", ["text"], [None], {"a": 1}, None])
def test_a_body_of_another_shape_is_a_failure_and_no_crash(details: object) -> None:
    def strange(method: str, url: str, same: Answer) -> Answer:
        body = json.dumps({"details": details}).encode()
        return Answer(401, same.headers, body) if same.status == 401 else same

    assert only_failure(examine(hosts(strange).checks())).check == "401 of the api host"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access-control-allow-origin", "https://keybound-doctor.example"),
        ("access-control-allow-origin", None),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "content-type"),
        ("access-control-allow-methods", "GET"),
    ],
)
def test_a_preflight_that_is_not_ours_is_noticed(name: str, value: str | None) -> None:
    """A CORS configuration of the HTTP API would overwrite what the functions say."""
    found = only_failure(examine(hosts(with_header(name, value, method="OPTIONS")).checks()))
    assert found.check == "CORS of binding links"
    assert "no CORS configuration" in found.advice


@pytest.mark.parametrize("value", ["*", "https://keybound-doctor.example"])
def test_a_token_endpoint_that_is_open_to_every_origin_is_noticed(value: str) -> None:
    change = with_header("access-control-allow-origin", value, method="OPTIONS", end="/token")
    found = only_failure(examine(Issuer(ISSUER, hosts(change), Client()).checks()))
    assert found.found == "the token endpoint lets every origin in"


def test_a_clock_that_is_off_is_noticed_in_both_directions() -> None:
    ahead = only_failure(examine(hosts(now=NOW + MAX_SKEW_S + 1).checks()))
    behind = only_failure(examine(hosts(now=NOW - MAX_SKEW_S - 1).checks()))
    assert ahead.found == f"{MAX_SKEW_S + 1} s ahead of the auth host"
    assert behind.found == f"{MAX_SKEW_S + 1} s behind the auth host"
    assert {each.status for each in examine(hosts(now=NOW + MAX_SKEW_S).checks())} == {Status.OK}


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_without_a_usable_date_is_noticed(date: str) -> None:
    assert "no Date" in only_failure(examine(hosts(with_header("date", date)).checks())).found


def test_a_name_without_an_address_is_noticed() -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror("no such name")

    lost = Hosts(AUTH, API, hosts().exchange, time.time, unknown)
    found = [each for each in examine(lost.checks()) if each.check.startswith("DNS")]
    assert [each.found for each in found] == [
        "auth.example.com has no address",
        "api.example.com has no address",
    ]
    assert all("DomainTarget" in each.advice for each in found)


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (404, {"message": "Not Found"}, "leads elsewhere"),
        (403, {"message": "Forbidden"}, "leads elsewhere"),
        (301, None, "leads elsewhere"),
        (200, ["a", "list"], "leads elsewhere"),
        (500, {"message": "Internal Server Error"}, "log of the function `fallback`"),
    ],
)
def test_an_address_that_leads_elsewhere_is_noticed(
    status: int, content: object, words: str
) -> None:
    def other(method: str, url: str, same: Answer) -> Answer:
        return answer(status, content) if url == f"{API}/keybound-doctor" else same

    found = only_failure(examine(hosts(other).checks()))
    assert found.check == "api host answers"
    assert words in found.advice


def test_a_current_key_that_is_not_published_is_noticed() -> None:
    issuer = Issuer(ISSUER, hosts(), Client(), lambda: {"k1", "k2"})
    found = only_failure(examine(issuer.checks()))
    assert found.check == "published keys"
    assert found.found == "the current key k2 is not published"


def test_an_issuer_that_differs_by_a_slash_is_another_one() -> None:
    def slashed(method: str, url: str, same: Answer) -> Answer:
        return (
            answer(200, {"issuer": f"{ISSUER}/"}) if "openid" in url and method == "GET" else same
        )

    found = only_failure(examine(Issuer(ISSUER, hosts(slashed), Client()).checks()))
    assert found.check == "discovery"


def test_without_an_issuer_its_checks_are_left_out_and_say_so() -> None:
    found = examine(Issuer("", hosts(), Client("id", "secret")).checks())
    assert {each.status for each in found} == {Status.NOT_CHECKED}


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (401, {"error": "invalid_client"}, "keybound tenant new-secret"),
        (503, {"error": "temporarily_unavailable"}, "log of the function `token`"),
        (404, {}, "compare --issuer"),
        (200, {"access_token": "no token"}, "leads elsewhere"),
    ],
)
def test_a_token_that_does_not_come_is_explained(status: int, content: Any, words: str) -> None:
    def refusing(method: str, url: str, same: Answer) -> Answer:
        return answer(status, content) if method == "POST" else same

    found = examine(Issuer(ISSUER, hosts(refusing), Client("id", "s")).checks())
    assert words in only_failure(found).advice
