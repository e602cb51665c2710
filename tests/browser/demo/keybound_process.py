"""`keybound dev` as a process of its own, as a person starts it."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

STARTS_WITHIN_S = 60
TIMEOUT_S = 20
CODE = r"^    (\d{6})$"
LINK = r"^(http\S+:invokeAuthenticator\?token=\S+)$"


@dataclass
class Keybound:
    """A running development server; `output` grows while it runs."""

    ready: dict[str, Any]
    output: list[str]
    process: "subprocess.Popen[str]"

    @property
    def demo_url(self) -> str:
        return str(self.ready["demo_app_url"])

    @property
    def auth_url(self) -> str:
        return str(self.ready["auth_base_url"])

    def advance_clock(self, seconds: int) -> None:
        answer = requests.post(
            f"{self.auth_url}/_dev/clock", json={"advance_s": seconds}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()

    @contextmanager
    def clock_moved(self, seconds: int) -> Iterator[None]:
        """Hold the clock that far ahead, or behind, and put it right again."""
        self.advance_clock(seconds)
        try:
            yield
        finally:
            self.advance_clock(-seconds)

    def manage(self, method: str, path: str, body: Any = None) -> Any:
        """Call the management API below the demo's realm with every scope; the body of a 200."""
        realm = f"/v1/tenants/{self.ready['tenant_id']}/realms/{self.ready['realm_id']}"
        answer = requests.request(
            method,
            f"{self.ready['api_base_url']}{realm}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._token()}"},
            timeout=TIMEOUT_S,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def identity_of(self, username: str) -> str:
        """Id of the only identity with this username."""
        found = [
            identity["id"]
            for identity in self.manage("GET", "/identities?page_size=200")["identities"]
            if identity["traits"]["username"] == username
        ]
        assert len(found) == 1, found
        return str(found[0])

    def jobs_of(self, identity_id: str) -> list[dict[str, Any]]:
        path = f"/identities/{identity_id}/credential-binding-jobs"
        jobs: list[dict[str, Any]] = self.manage("GET", path)["credential_binding_jobs"]
        return jobs

    def link_for(self, identity_id: str) -> tuple[str, str]:
        """Make a binding link of the demo's config; returns the job's id and the link."""
        configs = self.manage("GET", "/authenticator-configs")["authenticator_configs"]
        config_id = next(c["id"] for c in configs if "automatic" in c["display_name"])
        made = self.manage(
            "POST",
            f"/identities/{identity_id}/credential-binding-jobs",
            {"job": {"delivery_method": "RETURN", "authenticator_config_id": config_id}},
        )
        return made["credential_binding_job"]["id"], made["credential_binding_link"]

    @property
    def mailbox_url(self) -> str:
        return f"{self.auth_url}/_dev/mailbox"

    def mails_to(
        self, address: str, expected: int = 0, containing: str = ""
    ) -> list[dict[str, Any]]:
        """The mails to an address, oldest first, once there are as many as expected.

        containing: a regular expression that the text of those that count has.
        """
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while True:
            answer = requests.get(f"{self.auth_url}/_dev/mail", timeout=TIMEOUT_S)
            mails = [
                mail
                for mail in answer.json()
                if mail["to"] == [address] and re.search(containing, mail["text"], re.MULTILINE)
            ]
            if len(mails) >= expected:
                return mails
            assert time.monotonic() < give_up_at, f"{len(mails)} mails to {address}"
            time.sleep(0.02)

    def code_to(self, address: str, number: int) -> str:
        """The person's code of this number, counted from 1, which may be on its way still."""
        mail = self.mails_to(address, number, CODE)[number - 1]
        (code,) = re.findall(CODE, mail["text"], re.MULTILINE)
        return str(code)

    def link_to(self, address: str, number: int = 1) -> str:
        """The person's binding link of this number."""
        mail = self.mails_to(address, number, LINK)[number - 1]
        (link,) = re.findall(LINK, mail["text"], re.MULTILINE)
        return str(link)

    def _token(self) -> str:
        client = self.ready["management"]
        answer = requests.post(
            client["token_endpoint"],
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
            timeout=TIMEOUT_S,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def start(ready_file: Path) -> Keybound:
    """Start on free ports and wait until it serves."""
    program = Path(sys.executable).with_name("keybound")
    ports = ("--auth-port", "0", "--api-port", "0", "--app-port", "0")
    process = subprocess.Popen(
        [str(program), "dev", "--ready-file", str(ready_file), *ports],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    output: list[str] = []
    serves = threading.Event()
    threading.Thread(target=_listen, args=(process, output, serves), daemon=True).start()
    if not serves.wait(STARTS_WITHIN_S) or process.poll() is not None:
        stop(process)
        raise AssertionError("keybound dev did not start:\n" + "".join(output))
    return Keybound(json.loads(ready_file.read_text("utf-8")), output, process)


def stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _listen(process: "subprocess.Popen[str]", output: list[str], serves: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line)
        if "Keybound is running" in line:
            serves.set()
    serves.set()  # it ended: whoever waits shall look
