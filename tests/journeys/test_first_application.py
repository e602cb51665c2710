"""Every command of docs/first-application.md runs, in its order, and ends in a sign-in."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.dev_server import running_dev_server
from tests.support.http_journey import Backend, Browser
from tests.support.software_authenticator import SoftwareAuthenticator

DOCUMENT = (Path(__file__).parents[2] / "docs/first-application.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
RUN_AT_ONCE = re.findall(r"<!-- run -->\n```sh\n(.*?)```", DOCUMENT, re.DOTALL)


def shell(folder: Path, script: str) -> str:
    done = subprocess.run(
        ["bash", "-c", f"set -eu\n{script}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_commands_make_an_application_that_somebody_signs_in_to(tmp_path: Path) -> None:
    with running_dev_server(tmp_path) as ready:
        script = "\necho; echo ---\n".join(RUN_AT_ONCE)
        known = "\n".join(f'echo {name}="${name}"' for name in _names(COMMANDS[-1]))
        made, discovery, begun, values = shell(
            tmp_path, f"{script}\necho; echo ---\necho MY_CONFIG_ID=$MY_CONFIG_ID\n{known}"
        ).split("---\n")
        settings = dict(line.split("=", 1) for line in values.splitlines())
        assert made.strip() == ""
        assert json.loads(discovery)["issuer"] == settings["MY_ISSUER"]
        code = _sign_in(ready, settings, json.loads(begun)["authenticate_url"])
        given = "\n".join(f"{name}='{value}'" for name, value in settings.items())
        tokens = json.loads(shell(tmp_path, f"{given}\nCODE='{code}'\n{COMMANDS[-1]}"))
        assert {"access_token", "id_token"} <= set(tokens)


def _names(command: str) -> list[str]:
    return sorted(set(re.findall(r"\$([A-Z_]+)", command)) - {"CODE"})


def _sign_in(ready: dict[str, Any], settings: dict[str, str], authenticate_url: str) -> str:
    """Bind a passkey by the document's config and show it; returns the code."""
    browser = Browser(SoftwareAuthenticator(origin=settings["MY_SITE"]))
    back_end = Backend(ready)
    identity_id = back_end.new_identity()["id"]
    bound = browser.bind(back_end.new_link(identity_id, settings["MY_CONFIG_ID"]))
    assert bound.status_code == 200, bound.text
    callback = urlsplit(browser.answer(authenticate_url))
    assert parse_qs(callback.query)["state"] == ["a-fresh-one"]
    return parse_qs(callback.query)["code"][0]


def test_what_it_says_of_the_development_server_is_so(tmp_path: Path) -> None:
    named = re.findall(r"`(GET|POST) \$AUTH_BASE_URL(/_dev/[a-z_/]+)`", DOCUMENT)
    assert len(named) == 3
    with running_dev_server(tmp_path) as ready:
        http = Backend(ready).http
        for method, path in named:
            body = {"advance_s": 0}
            answer = http.request(method, ready["auth_base_url"] + path, json=body, timeout=20)
            assert answer.status_code == 200, (path, answer.text)
