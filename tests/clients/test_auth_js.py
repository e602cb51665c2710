"""Auth.js with its `beyondidentity` provider as it is delivered, in Automatic invocation.

The provider asks for `openid profile email` and fills the user from the ID token.
"""

import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.clients.person import SignedUp, sign_up
from tests.support.node import node_binary

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 20


@contextmanager
def site(dev_server: dict[str, Any]) -> Iterator[tuple[str, SignedUp]]:
    """Run the site, whose callback is registered once its port is known."""
    node = node_binary()
    assert node, "Node is missing: make setup"
    process = subprocess.Popen(
        [node, "tests/clients/auth_js.mjs"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        base = f"http://localhost:{int(process.stdout.readline())}"
        callback = f"{base}/auth/callback/beyondidentity"
        person = sign_up(dev_server, redirect_uris=[callback])
        settings = {
            "issuer": person.issuer,
            "client_id": person.client_id,
            "client_secret": person.client_secret,
            "secret": secrets.token_hex(32),
        }
        process.stdin.write(json.dumps(settings) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield base, person
    finally:
        process.kill()
        process.communicate()


def test_auth_js_signs_in_and_knows_name_and_email(dev_server: dict[str, Any]) -> None:
    with site(dev_server) as (base, person):
        browser = requests.Session()
        token = browser.get(f"{base}/auth/csrf", timeout=TIMEOUT_S).json()["csrfToken"]
        begun = browser.post(
            f"{base}/auth/signin/beyondidentity",
            data={"csrfToken": token, "callbackUrl": f"{base}/home"},
            allow_redirects=False,
            timeout=TIMEOUT_S,
        )
        assert begun.status_code == 302, begun.text
        url = begun.headers["location"]
        assert url.startswith(f"{person.issuer}/authorize?"), url
        assert "scope=openid+profile+email" in url
        callback = person.browser.sign_in(url)
        done = browser.get(callback, allow_redirects=False, timeout=TIMEOUT_S)
        assert (done.status_code, done.headers["location"]) == (302, f"{base}/home")
        session = browser.get(f"{base}/auth/session", timeout=TIMEOUT_S).json()
    assert session["user"]["name"] == "Ada Lovelace"
    assert session["user"]["email"] == person.identity["traits"]["primary_email_address"]
