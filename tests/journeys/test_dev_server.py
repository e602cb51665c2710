"""`keybound dev` as a person starts it: a process, its ports, its ready file, its own pages."""

import base64
import json
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.support.encoded import unb64url
from tests.support.http_journey import APP_ORIGIN, CALLBACK, Backend, Browser

KEYBOUND = Path(sys.executable).with_name("keybound")
PATIENCE_S = 30


@dataclass
class Running:
    """A development server in a process of its own."""

    process: subprocess.Popen[str]
    ready_file: Path
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))
    took_s: float = 0.0

    @property
    def ready(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.ready_file.read_text("utf-8"))
        return content

    def token(self) -> str:
        management = self.ready["management"]
        answer = self.http.post(
            management["token_endpoint"],
            auth=(management["client_id"], management["client_secret"]),
            data={"grant_type": "client_credentials"},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def realms(self, token: str, tenant_id: str = "") -> httpx.Response:
        tenant_id = tenant_id or self.ready["tenant_id"]
        url = f"{self.ready['api_base_url']}/v1/tenants/{tenant_id}/realms"
        return self.http.get(url, headers={"authorization": f"Bearer {token}"})

    def dev(self, method: str, path: str, **members: Any) -> httpx.Response:
        return self.http.request(method, f"{self.ready['auth_base_url']}/_dev{path}", **members)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> str:
        self.http.close()
        self.process.send_signal(with_signal)
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        return output


def start(folder: Path, *arguments: str) -> Running:
    ready_file = folder / "ready.json"
    began = time.perf_counter()
    process = subprocess.Popen(
        [KEYBOUND, "dev", "--ready-file", ready_file, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder.anchor,
    )
    running = Running(process, ready_file)
    while not ready_file.exists():
        if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
            process.kill()
            pytest.fail(f"the development server did not start:\n{process.communicate()[0]}")
        time.sleep(0.02)
    running.took_s = time.perf_counter() - began
    return running


ANY_PORTS = ("--auth-port", "0", "--api-port", "0", "--app-port", "0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("dev"), *ANY_PORTS)
    yield running
    running.stop()


def test_it_starts_and_says_how_long_it_took(
    server: Running, record_property: Callable[[str, object], None]
) -> None:
    """Three seconds are the aim on a warm disk; a busy machine is no failure of ours."""
    record_property("start_s", f"{server.took_s:.2f}")
    sys.stdout.write(f"from the command to a demo that answers: {server.took_s:.2f} s\n")
    assert server.http.get(server.ready["demo_app_url"]).status_code == 200


def test_the_ready_file_names_everything_and_is_its_owners(server: Running) -> None:
    ready = server.ready
    assert set(ready) == {
        "auth_base_url",
        "api_base_url",
        "demo_app_url",
        "tenant_id",
        "realm_id",
        "management",
    }
    assert set(ready["management"]) == {"issuer", "token_endpoint", "client_id", "client_secret"}
    for name in ("auth_base_url", "api_base_url", "demo_app_url"):
        assert re.fullmatch(r"http://localhost:\d+", ready[name])
    assert ready["management"]["issuer"].startswith(f"{ready['auth_base_url']}/v1/tenants/")
    assert ready["management"]["token_endpoint"] == f"{ready['management']['issuer']}/token"
    assert stat.S_IMODE(server.ready_file.stat().st_mode) == 0o600


def test_the_management_client_may_do_everything_in_its_tenant(server: Running) -> None:
    token = server.token()
    listed = server.realms(token)
    assert listed.status_code == 200, listed.text
    assert server.ready["realm_id"] in {realm["id"] for realm in listed.json()["realms"]}
    assert server.realms(token, "0" * 16).status_code == 404


def test_unknown_paths_are_not_found_on_both_hosts(server: Running) -> None:
    for host in ("auth_base_url", "api_base_url"):
        answer = server.http.get(f"{server.ready[host]}/v1/nowhere")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_clock_moves_for_every_room(server: Running) -> None:
    token = server.token()
    assert server.realms(token).status_code == 200
    moved = server.dev("POST", "/clock", json={"advance_s": 3601})
    assert moved.json()["offset_s"] == 3601
    try:
        assert server.realms(token).status_code == 401
        assert server.realms(server.token()).status_code == 200
    finally:
        assert server.dev("POST", "/clock", json={"advance_s": -3601}).json()["offset_s"] == 0


@pytest.mark.parametrize("body", [b"", b"[]", b'{"advance_s":"1"}', b'{"advance_s":1e99}'])
def test_the_clock_refuses_what_is_no_number_of_seconds(server: Running, body: bytes) -> None:
    assert server.dev("POST", "/clock", content=body).status_code == 400


def test_no_mail_was_sent_yet_and_there_is_a_page_to_read_it(server: Running) -> None:
    assert server.dev("GET", "/mail").json() == []
    page = server.dev("GET", "/mailbox")
    assert page.headers["content-type"].startswith("text/html")
    assert "No mail was sent yet" in page.text


def test_a_link_is_read_from_the_mailbox_and_binds_a_passkey(server: Running) -> None:
    back_end, browser = Backend(server.ready), Browser()
    config, identity = back_end.new_config(), back_end.new_identity()
    body = {"job": {"delivery_method": "EMAIL", "authenticator_config_id": config["id"]}}
    job = back_end.make(f"/identities/{identity['id']}/credential-binding-jobs", body)
    assert list(job) == ["credential_binding_job"]
    (mail,) = server.dev("GET", "/mail").json()
    assert mail["to"] == [identity["traits"]["primary_email_address"]]
    (link,) = re.findall(r"^http\S+:invokeAuthenticator\?token=\S+$", mail["text"], re.MULTILINE)
    followed = server.http.get(link)
    assert followed.status_code == 302
    assert followed.headers["location"].startswith(f"{APP_ORIGIN}/bind?")
    page = server.dev("GET", "/mailbox").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert page.count("<iframe") == 1
    bound = browser.bind(link)
    assert bound.status_code == 200, bound.text
    told = server.dev("GET", "/mail").json()[-1]  # what waited for the schedule is sent by now
    assert (told["to"], "was added" in told["subject"]) == (mail["to"], True)


def test_a_code_from_the_mailbox_signs_in_and_makes_a_passkey(server: Running) -> None:
    back_end, browser = Backend(server.ready), Browser()
    methods = [{"type": "webauthn_passkey"}, {"type": "email_one_time_password"}]
    config = back_end.new_config(authentication_methods=methods)
    application = back_end.new_application(config["id"], pkce="disabled")
    address = back_end.new_identity()["traits"]["primary_email_address"]
    client, issuer = application["protocol_config"], back_end.issuer(application)
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": "st-1",
    }
    url = f"{issuer}/authorize?{urlencode(query)}"
    asked = browser.ask_for_code(url, address)
    code = code_mailed_to(server, address)
    answer = browser.redeem_code(asked, code)
    callback = parse_qs(urlsplit(answer["redirect_url"]).query)
    form = {"grant_type": "authorization_code", "code": callback["code"][0]}
    tokens = server.http.post(
        f"{issuer}/token",
        data=form | {"redirect_uri": CALLBACK},
        auth=(client["client_id"], client["client_secret"]),
    )
    assert tokens.status_code == 200, tokens.text
    told = json.loads(unb64url(tokens.json()["id_token"].split(".")[1]))
    assert (told["amr"], told["email"], told["email_verified"]) == (["otp"], address, True)
    bound = browser.bind(browser.binding_link(asked, answer["passkey_binding_token"]))
    assert bound.status_code == 200, bound.text
    assert browser.sign_in(url).startswith(f"{CALLBACK}?code=")


def code_mailed_to(server: Running, address: str) -> str:
    """Wait for the mail, which another room sends after the answer, and read its code."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for mail in server.dev("GET", "/mail").json():
            if mail["to"] == [address]:
                (code,) = re.findall(r"^    (\d{6})$", mail["text"], re.MULTILINE)
                return str(code)
        time.sleep(0.05)  # another thread sends it: nothing here can tell when
    raise AssertionError("no code was mailed")


def test_the_scheduled_outbox_has_nothing_left(server: Running) -> None:
    result = server.dev("POST", "/run/mail_outbox").json()["result"]
    nothing = {"sent": 0, "failed": 0, "delayed": 0, "dropped": 0, "finished": True}
    assert {name: result[name] for name in nothing} == nothing


def test_a_scheduled_room_runs_when_asked(server: Running) -> None:
    answer = server.dev("POST", "/run/expiry_cleanup")
    assert (answer.status_code, answer.json()["room"]) == (200, "expiry_cleanup")


@pytest.mark.parametrize("name", ["token", "nothing", "", "../token"])
def test_no_other_room_runs_that_way(server: Running, name: str) -> None:
    assert server.dev("POST", f"/run/{name}").status_code == 404


def test_another_sites_page_cannot_use_the_dev_pages(server: Running) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = server.dev("POST", "/clock", json={"advance_s": 1}, headers=headers)
        assert answer.status_code == 403
        assert server.dev("GET", "/mail", headers=headers).status_code == 403


def test_the_dev_pages_are_on_the_auth_host_only(server: Running) -> None:
    answer = server.http.get(f"{server.ready['api_base_url']}/_dev/mail")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_form_and_its_basic_header_reach_the_token_room(server: Running) -> None:
    """A wrong secret is the room's own refusal, so the form and the header arrived."""
    management = server.ready["management"]
    pair = base64.b64encode(f"{management['client_id']}:wrong".encode()).decode()
    answer = server.http.post(
        management["token_endpoint"],
        headers={"authorization": f"Basic {pair}"},
        data={"grant_type": "client_credentials"},
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("flag", ["--auth-port", "--api-port", "--app-port"])
def test_a_taken_port_is_named_with_its_flag(tmp_path: Path, flag: str) -> None:
    of_the_first = tmp_path / "environment"
    of_the_first.write_text("the server that has the port made this")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        chosen = dict.fromkeys(("--auth-port", "--api-port", "--app-port"), "0") | {flag: port}
        arguments = [part for pair in chosen.items() for part in pair]
        ended = subprocess.run(
            [
                KEYBOUND,
                "dev",
                f"--environment-file={of_the_first}",
                f"--ready-file={tmp_path / 'ready.json'}",
                *arguments,
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert of_the_first.exists()
    assert ended.returncode == 1
    assert f"port {port} is taken" in ended.stderr
    assert f'make dev ARGS="{flag} ' in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "ready.json").exists()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_restart_keeps_nothing_and_says_so(tmp_path: Path, with_signal: signal.Signals) -> None:
    first = start(tmp_path, *ANY_PORTS)
    ready, token = first.ready, first.token()
    ports = [ready[name].rpartition(":")[2] for name in _ADDRESSES]
    output = first.stop(with_signal)
    assert first.process.returncode == 0
    assert output.lstrip().startswith("Keybound is running")  # its own set-up is no news
    assert "a restart begins anew" in output
    assert "Nothing was kept" in output
    mailbox, calls = f"{ready['auth_base_url']}/_dev/mailbox", f"{ready['api_base_url']}/_dev/api"
    for page in (ready["demo_app_url"], mailbox, calls):
        assert f"  {page}\n" in output  # on a line of its own, to click on
    assert not first.ready_file.exists()

    flags = ("--auth-port", "--api-port", "--app-port")
    pairs = zip(flags, ports, strict=True)
    second = start(tmp_path, *[part for pair in pairs for part in pair])
    try:
        assert [second.ready[name].rpartition(":")[2] for name in _ADDRESSES] == ports
        assert second.ready["tenant_id"] != ready["tenant_id"]
        assert second.realms(token, ready["tenant_id"]).status_code == 401
    finally:
        second.stop()


_ADDRESSES = ("auth_base_url", "api_base_url", "demo_app_url")
