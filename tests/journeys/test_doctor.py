"""`keybound doctor` on a development server: all green, and what it says when something is not."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.dev_server import running_dev_server

KEYBOUND = Path(sys.executable).with_name("keybound")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dev")


@pytest.fixture(scope="module")
def ready(folder: Path) -> Iterator[dict[str, Any]]:
    with running_dev_server(folder) as content:
        yield content


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [KEYBOUND, "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def examine(ready: dict[str, Any], **instead: str) -> dict[str, dict[str, str]]:
    """Run with everything said on the command line, and return the findings by name."""
    management = ready["management"]
    said = {
        "auth-base-url": ready["auth_base_url"],
        "api-base-url": ready["api_base_url"],
        "issuer": management["issuer"],
        "client-id": management["client_id"],
        "client-secret": management["client_secret"],
        **{name.replace("_", "-"): value for name, value in instead.items()},
    }
    options = [f"--{name}={value}" for name, value in said.items() if value]
    done = run("--json", *options)
    content = json.loads(done.stdout)
    assert done.returncode == (0 if content["ok"] else 1)
    return {each["check"]: each for each in content["checks"]}


def failures(found: dict[str, dict[str, str]]) -> set[str]:
    return {name for name, each in found.items() if each["status"] == "failed"}


def test_everything_is_green_on_a_development_server(folder: Path, ready: dict[str, Any]) -> None:
    done = run("--ready-file", folder / "ready.json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("–")] == [lines[0]]
    assert lines[0].startswith("– AWS") and "keybound dev keeps its own" in lines[0]
    assert lines[-1] == "13 ok, 1 not checked"
    assert ready["management"]["client_secret"] not in done.stdout


def test_the_form_for_programs_has_the_same_checks(ready: dict[str, Any]) -> None:
    found = examine(ready)

    assert failures(found) == set()
    assert found["discovery"]["found"] == "the same issuer, to the letter"
    assert found["discovery, RFC 8414 form"]["status"] == "ok"
    assert found["a signed token verifies"]["found"].startswith("RS256, key ")
    assert "body repeats it" in found["401 of the api host"]["found"]


def test_without_a_client_no_token_is_asked_for_and_it_says_so(ready: dict[str, Any]) -> None:
    found = examine(ready, client_id="", client_secret="")

    assert failures(found) == set()
    assert found["a signed token verifies"]["status"] == "not checked"
    assert "--client-id" in found["a signed token verifies"]["found"]
    assert found["the management API takes it"]["found"] == "needs a token"


def test_a_wrong_secret_is_named_and_how_to_replace_it(ready: dict[str, Any]) -> None:
    found = examine(ready, client_secret="wrong")

    assert failures(found) == {"a signed token verifies"}
    advice = found["a signed token verifies"]["advice"]
    assert "keybound tenant new-secret" in advice


def test_a_host_that_does_not_listen_is_named(ready: dict[str, Any]) -> None:
    found = examine(ready, api_base_url="http://localhost:1")

    assert {"api host answers", "401 of the api host"} <= failures(found)
    assert "refuses connections" in found["api host answers"]["found"]
    assert found["auth host answers"]["status"] == "ok"


def test_hosts_that_were_mixed_up_are_noticed(ready: dict[str, Any]) -> None:
    """The auth host knows no management API, so its paths are our 404 there."""
    found = examine(ready, api_base_url=ready["auth_base_url"])

    assert {"401 of the api host", "a signed token verifies"} <= failures(found)
    assert "another audience" in found["a signed token verifies"]["found"]


def test_an_issuer_under_another_name_is_not_the_same(ready: dict[str, Any]) -> None:
    """RFC 8414 §3.3: what metadata calls itself must be identical to where it was asked for."""
    other = ready["auth_base_url"].replace("localhost", "127.0.0.1")
    issuer = ready["management"]["issuer"].replace(ready["auth_base_url"], other)

    found = examine(ready, auth_base_url=other, issuer=issuer)

    assert {"discovery", "discovery, RFC 8414 form"} <= failures(found)
    assert "KEYBOUND_AUTH_BASE_URL" in found["discovery"]["advice"]
    assert ready["management"]["issuer"] in found["discovery"]["found"]


def test_an_unknown_issuer_is_not_found(ready: dict[str, Any]) -> None:
    issuer = ready["management"]["issuer"]
    unknown = f"{issuer[:-36]}00000000-0000-4000-8000-000000000000"

    found = examine(ready, issuer=unknown)

    assert "discovery" in failures(found)
    assert found["discovery"]["found"].startswith("404 at /v1/tenants/")


def test_an_issuer_of_another_host_is_refused_at_once(ready: dict[str, Any]) -> None:
    done = run("--auth-base-url", "http://localhost:9", "--ready-file", "/dev/null")
    assert done.returncode == 2 and "no ready file" in done.stderr

    elsewhere = run(
        *("--auth-base-url", ready["auth_base_url"], "--api-base-url", ready["api_base_url"]),
        *("--issuer", "https://evil.example/v1/tenants/x"),
    )
    assert elsewhere.returncode == 1
    assert "is no issuer of" in elsewhere.stderr


def test_a_server_whose_time_was_moved_is_noticed(ready: dict[str, Any]) -> None:
    with httpx.Client(base_url=ready["auth_base_url"], trust_env=False) as http:
        assert http.post("/_dev/clock", json={"advance_s": 3600}).status_code == 200
        try:
            found = examine(ready)
        finally:
            assert http.post("/_dev/clock", json={"advance_s": -3600}).status_code == 200

    assert failures(found) == {"a signed token verifies"}
    seen = re.search(r"(\d+) s after now", found["a signed token verifies"]["found"])
    # Two processes on real clocks: the token is some moments old when it is judged.
    assert seen is not None
    assert 3600 - 60 < int(seen[1]) <= 3600


def test_nothing_but_aws_can_say_where_a_deployment_is(tmp_path: Path) -> None:
    """No traceback for an operator who has not signed in to AWS yet."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_REGION": "eu-west-1"}
    environment["AWS_EC2_METADATA_DISABLED"] = "true"
    done = subprocess.run(
        [KEYBOUND, "doctor"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )

    assert done.returncode == 1
    assert "no AWS credentials" in done.stderr and "aws sso login" in done.stderr
    assert "Traceback" not in done.stderr
