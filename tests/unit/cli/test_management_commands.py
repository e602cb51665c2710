"""The commands for people, against real rooms: what they do, show and refuse."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine, command_line
from tests.support.platform import Platform
from tests.support.sign_in import new_sign_in
from tools.cli.doctor.failed import Failed
from tools.cli.doctor.http_client import Answer

WEB = ("--invoke-url", "https://app.example.com")


@pytest.fixture
def line(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line in a realm of its own, with one authenticator config."""
    made = command_line(platform, tmp_path, monkeypatch)
    made.add_profile(realm_id=platform.create_realm(platform.management).id)
    return made


def test_realms_are_made_used_renamed_and_removed(line: CommandLine) -> None:
    made = line.json("realm", "create", "Trial", "--classification", "SECURE_WORKFORCE")
    line.said("realm", "use", made["id"])
    current = [each[1] for each in rows(line.said("realm", "list")) if each[-1] == "yes"]
    assert current == ["Trial"]
    line.said("realm", "rename", made["id"], "Staff")
    assert line.json("realm", "show", made["id"])["classification"] == "SECURE_WORKFORCE"
    line.said("identity", "add", "ada")
    assert line.run("realm", "remove", made["id"], "--yes").exit_code == 5
    line.said("identity", "remove", "ada", "--yes")
    assert "Staff" in line.said("realm", "remove", made["id"], "--yes")
    assert line.run("identity", "list").exit_code == 3


def rows(text: str) -> list[list[str]]:
    """Split a table at runs of spaces, its heading first."""
    return [re.split(r" {2,}", each) for each in text.splitlines()]


def test_an_identity_is_added_listed_shown_suspended_activated_and_removed(
    line: CommandLine,
) -> None:
    made = line.json(
        *("identity", "add", "ada", "--display-name", "Ada Lovelace"),
        *("--email", "ada@example.com", "--trait", "locale=de"),
    )
    assert made["traits"]["locale"] == "de"
    line.said("identity", "add", "zoë", "--display-name", "佐藤 由美")
    heading, *listed = rows(line.said("identity", "list"))
    assert heading == ["ID", "USERNAME", "DISPLAY NAME", "STATUS", "PASSKEYS", "EMAIL"]
    assert {tuple(each[1:4]) for each in listed} == {
        ("ada", "Ada Lovelace", "active"),
        ("zoë", "佐藤 由美", "active"),
    }
    assert "traits.primary_email_address  ada@example.com" in line.said("identity", "show", "ada")
    assert line.json("identity", "show", made["id"]) == line.json("identity", "show", "ADA")
    assert "suspended" in line.said("identity", "suspend", "ada", "--yes")
    assert [i["id"] for i in line.json("identity", "list", "--status", "suspended")] == [made["id"]]
    line.said("identity", "activate", "ada")
    assert line.json("identity", "list", "--email", "ADA@example.com")[0]["status"] == "active"
    line.said("identity", "remove", "ada", "--yes")
    assert line.run("identity", "show", "ada").exit_code == 3


def test_a_username_that_looks_like_an_id_is_found(line: CommandLine) -> None:
    made = line.json("identity", "add", "00000000deadbeef")
    assert line.json("identity", "show", "00000000deadbeef")["id"] == made["id"]


def test_a_link_is_made_sent_again_and_revoked(line: CommandLine) -> None:
    line.said("config", "create", "Web", *WEB)
    line.said("identity", "add", "ada")
    made = line.run("job", "link", "ada", "--expires-in", "2h")
    assert made.stdout.count("\n") == 1 and "?token=" in made.stdout
    assert "LINK_SENT" in made.stderr
    job = line.json("job", "list", "ada")[0]
    again = line.said("job", "resend", "ada", job["id"])
    assert "?token=" in again and again != made.stdout
    line.said("job", "revoke", "ada", job["id"], "--yes")
    assert line.json("job", "show", "ada", job["id"])["state"] == "REVOKED"
    assert rows(line.said("job", "list"))[1][3] == "REVOKED"


def test_a_link_is_mailed(line: CommandLine) -> None:
    line.said("config", "create", "Web", *WEB)
    line.said("identity", "add", "ada", "--email", "ada@example.com")
    assert "mail_state               SENT" in line.said("job", "send", "ada", "--config", "Web")
    assert line.platform.mails[-1].to == ["ada@example.com"]


def test_an_application_is_made_its_secret_rotated_and_the_application_removed(
    line: CommandLine,
) -> None:
    line.said("config", "create", "Web", *WEB)
    made = line.run("app", "create", "Shop", "--redirect-uri", "https://app.example.com/back")
    assert "client_secret" in made.stdout and "will not be shown again" in made.stderr
    shown = line.json("app", "show", "Shop")
    assert "client_secret" not in shown["protocol_config"]
    discovery = f"{shown['issuer']}/.well-known/openid-configuration"
    assert line.platform.call("GET", discovery).json()["issuer"] == shown["issuer"]
    rotated = line.json("app", "rotate-secret", "Shop", "--keep", "0", "--yes")
    assert rotated["protocol_config"]["client_secret"] not in made.stdout
    line.said("app", "create", "Job", "--machine")
    assert [each[1] for each in rows(line.said("app", "list"))[1:]] in (
        ["Shop", "Job"],
        ["Job", "Shop"],
    )
    line.said("app", "remove", "Shop", "--yes")
    assert line.run("app", "show", "Shop").exit_code == 3


def test_a_file_says_what_options_do_not(line: CommandLine, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"protocol_config": {"dpop_bound_access_tokens": true}}', "utf-8")
    made = line.json("app", "create", "Bound", "--machine", "--body", str(body))
    assert made["protocol_config"]["dpop_bound_access_tokens"] is True
    body.write_text("[]", "utf-8")
    assert "no JSON object" in line.run("app", "create", "X", "--body", str(body)).stderr


def test_configs_are_changed_and_removed(line: CommandLine) -> None:
    line.said("config", "create", "Web", *WEB)
    line.said("config", "update", "Web", "--display-name", "Site", "--invocation-type", "manual")
    listed = line.json("config", "list")
    assert [(c["display_name"], c["config"]["invocation_type"]) for c in listed] == [
        ("Site", "manual")
    ]
    assert line.run("config", "update", "Site").exit_code == 2
    line.said("config", "create", "Web", *WEB)
    line.said("identity", "add", "ada")
    ambiguous = line.run("job", "link", "ada")
    assert ambiguous.exit_code == 1 and "Say --config, one of:" in ambiguous.stderr
    line.said("config", "remove", "Site", "--yes")
    line.said("job", "link", "ada")


def test_passkeys_are_listed_named_revoked_and_removed(line: CommandLine) -> None:
    person = new_sign_in(line.platform)
    who, passkey = person.identity.id, person.passkey
    pointer_to(line.platform, passkey)
    realm = ("--realm", line.platform.realm_id)
    line.said("credential", "rename", who, passkey.id, "Ada's phone", *realm)
    assert rows(line.said("credential", "list", who, *realm))[1][2] == "Ada's phone"
    line.said("credential", "revoke", who, passkey.id, "--yes", *realm)
    assert line.json("credential", "show", who, passkey.id, *realm)["state"] == "REVOKED"
    line.said("credential", "remove", who, passkey.id, "--yes", *realm)
    assert line.json("credential", "list", who, *realm) == []


def pointer_to(platform: Platform, passkey: Any) -> None:
    """Put what a binding would have put too."""
    from keybound.domain.credential import credential_hash
    from keybound.domain.encoding import from_b64url
    from keybound.storage import keys

    key = keys.credential_pointer(
        passkey.tenant_id, passkey.realm_id, passkey.identity_id, passkey.id
    )
    hashed = credential_hash(from_b64url(passkey.credential_id))
    platform.deployment.directory.put({**key._asdict(), "credential_hash": hashed})


def test_a_list_of_several_pages_is_read_to_its_end(line: CommandLine) -> None:
    for number in range(3):
        line.said("identity", "add", f"person-{number}")
    from tools.cli.management import api

    pages = pytest.MonkeyPatch()
    with pages.context() as patch:
        patch.setattr(api, "PAGE_SIZE", 1)
        line.sent.clear()
        assert len(line.json("identity", "list")) == 3
    assert [method for method, url, _ in line.sent if "/identities" in url] == ["GET"] * 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("identity", "show", "nobody"), 3, "there is no identity nobody"),
        (("identity", "add", "a{b}"), 6, "identity.traits.username:"),
        (("identity", "add", "ada", "--trait", "locale"), 2, "locale is not NAME=VALUE"),
        (("identity", "list", "--filter", "x"), 6, "filter: supported:"),
        (("job", "link", "ada", "--expires-in", "2 weeks"), 2, "expected seconds, or 15m, 2h, 7d"),
        (("job", "show", "ada", "x"), 3, "credential binding job not found"),
        (("job", "show", "ada", "../../x"), 3, "not found"),
        (
            ("app", "create", "X", "--machine", "--resource-server", "none"),
            3,
            "no none among resource-servers",
        ),
        (("realm", "show", "x"), 2, "16 hexadecimal digits"),
        (("identity", "list", "--realm", "0" * 16), 3, "keybound realm list"),
        (("identity", "list", "--profile", "prod"), 1, "there is no profile prod (known: test)"),
    ],
)
def test_what_is_wrong_is_said_with_an_exit_code(
    line: CommandLine, arguments: tuple[str, ...], code: int, said: str
) -> None:
    line.said("identity", "add", "ada")
    result = line.run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr, result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("identity", "remove", "ada"),
        ("identity", "suspend", "ada"),
        ("job", "revoke", "ada", "x"),
        ("config", "remove", "Web"),
        ("app", "rotate-secret", "Shop"),
        ("app", "remove", "Shop"),
    ],
)
def test_nothing_is_ended_unasked(line: CommandLine, arguments: tuple[str, ...]) -> None:
    line.said("config", "create", "Web", *WEB)
    line.said("identity", "add", "ada")
    line.said("app", "create", "Shop", "--machine")
    line.sent.clear()
    result = line.run(*arguments)
    assert result.exit_code == 2 and "say --yes" in result.stderr
    assert {method for method, url, _ in line.sent if not url.endswith("/token")} <= {"GET"}


def test_a_scope_that_is_missing_is_named_and_where_to_give_it(line: CommandLine) -> None:
    token = line.platform.management_token(["realms:read"])
    granted = Answer(200, {}, json.dumps({"access_token": token}).encode())
    line.replies.append(granted)
    result = line.run("identity", "list")
    assert result.exit_code == 4
    assert "this call needs the scope identities:read" in result.stderr
    assert "allowed_scopes" in result.stderr and "--profile" in result.stderr


def test_a_wrong_secret_is_told_from_a_missing_one(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYBOUND_CLIENT_SECRET", "wrong-secret")
    wrong = line.run("identity", "list")
    assert wrong.exit_code == 4 and "not with this secret" in wrong.stderr
    assert "wrong-secret" not in wrong.output
    monkeypatch.delenv("KEYBOUND_CLIENT_SECRET")
    line.file.write_text(line.file.read_text().replace("client_secret", "other"), "utf-8")
    missing = line.run("identity", "list")
    assert missing.exit_code == 4 and "KEYBOUND_CLIENT_SECRET is not set" in missing.stderr


def busy(status: int, retry_after: str) -> Answer:
    return Answer(status, {"retry-after": retry_after}, b'{"code": "x", "message": "busy"}')


def test_a_busy_api_is_asked_again_after_what_it_says(line: CommandLine) -> None:
    line.said("identity", "add", "ada")
    line.replies += [busy(503, "2"), busy(429, "7")]
    line.said("identity", "list")
    assert line.waits == [2.0, 7.0]


def test_nobody_waits_for_hours_or_for_ever(line: CommandLine) -> None:
    token = line.platform.management_token(None)
    granted = Answer(200, {}, json.dumps({"access_token": token}).encode())
    line.replies += [granted, busy(429, "3600")]
    hours = line.run("identity", "list")
    assert hours.exit_code == 7 and "again in 3600 seconds" in hours.stderr
    line.replies += [granted, *[busy(503, "1")] * 4]
    ever = line.run("identity", "list")
    assert ever.exit_code == 7 and "nothing was decided: run it again" in ever.stderr
    assert line.replies == []


def test_a_creation_whose_answer_was_lost_is_not_made_twice(line: CommandLine) -> None:
    real = line.exchange
    lost = []

    def losing(method: str, url: str, *rest: Any, **more: Any) -> Answer:
        answer = real(method, url, *rest, **more)
        if method == "POST" and url.endswith("/identities") and not lost:
            lost.append(answer)
            raise Failed("no answer", "look at what listens")
        return answer

    from tools.cli.management import api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "exchange", losing)
        made = line.json("identity", "add", "ada")
    assert json.loads(lost[0].body) == made
    keys = [h["idempotency-key"] for m, url, h in line.sent if url.endswith("/identities")]
    assert len(keys) == 2 and len(set(keys)) == 1


def test_a_change_whose_answer_was_lost_is_not_sent_again(line: CommandLine) -> None:
    made = line.json("identity", "add", "ada")
    token = line.platform.management_token(None)
    granted = Answer(200, {}, json.dumps({"access_token": token}).encode())
    found = Answer(200, {}, json.dumps(made).encode())
    line.replies += [granted, found, Failed("no answer", "look at what listens on the host")]
    result = line.run("identity", "suspend", made["id"], "--yes")
    assert result.exit_code == 7 and "no answer" in result.stderr
    assert line.json("identity", "show", "ada")["status"] == "active"


def test_a_token_that_expired_meanwhile_is_replaced_once(line: CommandLine) -> None:
    stale = Answer(200, {}, b'{"access_token": "stale"}')
    line.replies.append(stale)
    line.said("identity", "list")
    line.replies += [stale, busy(401, ""), stale, busy(401, "")]
    assert line.run("identity", "list").exit_code == 4


def test_an_answer_that_is_no_json_is_no_success(line: CommandLine) -> None:
    token = line.platform.management_token(None)
    granted = Answer(200, {}, json.dumps({"access_token": token}).encode())
    line.replies += [granted, Answer(200, {}, b"<html>a proxy</html>")]
    result = line.run("identity", "list")
    assert result.exit_code == 1 and "something else than JSON" in result.stderr
