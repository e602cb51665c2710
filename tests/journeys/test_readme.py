"""Every command of the README that is marked to run, runs, in its order, in one shell."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.support.dev_server import running_dev_server
from tests.support.http_journey import Browser
from tests.support.software_authenticator import SoftwareAuthenticator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks() -> list[str]:
    return re.findall(r"<!-- run -->\n```sh\n(.*?)```", README, re.DOTALL)


def unmarked_commands() -> list[str]:
    every = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [block for block in every if block not in blocks()]


def test_the_curl_calls_of_the_readme_end_in_a_link_that_binds_and_a_code_that_is_exchanged(
    tmp_path: Path,
) -> None:
    with running_dev_server(tmp_path) as ready:
        script = "\n".join(["set -eu", *(f"{block}\necho; echo ---" for block in blocks())])
        done = subprocess.run(
            ["bash", "-c", script + "\nset"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        _, _, _, job, discovery, variables = done.stdout.split("---\n", 5)
        answer = json.loads(job)
        assert json.loads(discovery)["issuer"].startswith(ready["auth_base_url"])
        _open_what_can_be_clicked(ready)
        browser = Browser(SoftwareAuthenticator(origin=ready["demo_app_url"]))
        bound = browser.bind(answer["credential_binding_link"])
        assert bound.status_code == 200, bound.text
        _exchange_a_code(browser, variables)


def _open_what_can_be_clicked(ready: dict[str, Any]) -> None:
    """Each address of the README answers; this server's ports stand for the usual ones."""
    bases = {"8080": "auth_base_url", "8081": "api_base_url", "8082": "demo_app_url"}
    found = re.findall(r"<http://localhost:(\d+)([^>]*)>", README)
    assert {port for port, _ in found} == set(bases)
    for port, path in found:
        answer = requests.get(f"{ready[bases[port]]}{path}", timeout=20)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith("text/html")


def _exchange_a_code(browser: Browser, variables: str) -> None:
    """Run the README's last command with a code from a real sign-in."""
    known = dict(line.split("=", 1) for line in variables.splitlines() if "=" in line)
    verifier, challenge = "v" * 43, "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
    redirect_uri = known["REDIRECT_URI"].strip("'")
    callback = browser.sign_in(
        f"{known['ISSUER']}/authorize?response_type=code&scope=openid&state=s"
        f"&client_id={known['APPLICATION_CLIENT_ID']}&redirect_uri={redirect_uri}"
        f"&code_challenge={challenge}&code_challenge_method=S256"
    )
    code = dict(pair.split("=", 1) for pair in urlsplit(callback).query.split("&"))["code"]
    exchange = next(block for block in unmarked_commands() if "$CODE" in block)
    setting = "\n".join(f"{k}={v}" for k, v in known.items() if k.isupper() and k in exchange)
    done = subprocess.run(
        ["bash", "-c", f"{setting}\nCODE={code}\nCODE_VERIFIER={verifier}\n{exchange}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert {"access_token", "id_token"} <= set(json.loads(done.stdout)), done.stdout


def test_every_file_the_readme_links_to_exists() -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert targets
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert missing == []


def test_the_two_commands_of_the_first_screen_are_targets_of_the_makefile() -> None:
    commands = [block for block in unmarked_commands() if "$CODE" not in block]
    asked = [line.split()[1] for block in commands for line in block.splitlines() if line]
    makefile = (ROOT / "Makefile").read_text()
    assert asked == ["dev", "test"]
    assert all(f"\n{target}:" in makefile for target in asked)
