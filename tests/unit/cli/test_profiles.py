"""Profiles: where they are kept, which one is meant, and that no secret is shown."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, command_line
from tests.support.platform import Platform
from tools.devserver.ready_file import write_privately


@pytest.fixture
def line(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return command_line(platform, tmp_path, monkeypatch)


def secret_of(line: CommandLine) -> str:
    return str(line.platform.management.client_secret)


def test_the_file_is_for_its_owner_alone_and_no_command_shows_a_secret(line: CommandLine) -> None:
    assert stat.S_IMODE(line.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(line.file.parent.stat().st_mode) & 0o077 == 0
    assert secret_of(line) in line.file.read_text()
    for command in (("profile", "list"), ("profile", "list", "--json"), ("realm", "list")):
        assert secret_of(line) not in line.run(*command).output


def test_a_file_that_others_can_read_is_refused(line: CommandLine) -> None:
    line.file.chmod(0o640)
    result = line.run("realm", "list")
    assert result.exit_code == 1 and f"chmod 600 {line.file}" in result.stderr


@pytest.mark.parametrize("text", ["[", "profiles = 7", '[profiles.x]\napi_base_url = "https://x"'])
def test_a_damaged_file_is_named(line: CommandLine, text: str) -> None:
    line.file.write_text(text, "utf-8")
    result = line.run("realm", "list")
    assert result.exit_code == 1 and str(line.file) in result.stderr


def test_there_may_be_several_and_one_is_meant(line: CommandLine) -> None:
    line.add_profile("second", realm_id="")
    listed = {each["name"]: each["current"] for each in line.json("profile", "list")}
    assert listed == {"test": False, "second": True}
    nowhere = line.run("identity", "list")
    assert nowhere.exit_code == 1 and "keybound realm use ID" in nowhere.stderr
    assert line.json("identity", "list", "--profile", "test") == []
    line.said("profile", "use", "test")
    assert line.json("identity", "list") == []
    line.said("profile", "remove", "test")
    none = line.run("identity", "list")
    assert none.exit_code == 1 and "keybound profile add NAME" in none.stderr
    assert line.run("profile", "use", "test").exit_code == 1


def test_a_profile_is_not_replaced_unasked(line: CommandLine) -> None:
    before = line.file.read_text()
    options = ("--api-base-url", "https://api.example.com", "--tenant-id", "0" * 16)
    client = ("--client-id", "c", "--token-endpoint", "https://auth.example.com/token")
    refused = line.run("profile", "add", "test", *options, *client, "--no-secret")
    assert refused.exit_code == 1 and "--replace" in refused.stderr
    assert line.file.read_text() == before
    line.said("profile", "add", "test", *options, *client, "--no-secret", "--replace")
    assert line.json("profile", "list")[0]["secret"] == "from the environment"


def test_a_secret_is_asked_for_unseen_or_taken_from_the_environment(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = line.ready()
    secret = ready["management"].pop("client_secret")
    source = line.home / "ready.json"
    source.write_text(json.dumps(ready), "utf-8")
    add = ("profile", "add", "asked", "--from-file", str(source))
    asked = line.run(*add, input=f"{secret}\n")
    assert asked.exit_code == 0 and secret not in asked.output
    assert line.json("realm", "list")
    monkeypatch.setenv("KEYBOUND_CLIENT_SECRET", secret)
    line.said(*add, "--replace")
    assert line.json("realm", "list")


def test_what_bootstrap_prints_is_read_from_a_pipe(line: CommandLine) -> None:
    """Bootstrap names its tenant and client, and the hosts by their addresses."""
    done = line.run("profile", "add", "piped", "--from-file", "-", input=json.dumps(line.ready()))
    assert done.exit_code == 0, done.stderr
    assert line.json("realm", "list")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"management": 1}'])
def test_a_file_of_something_else_is_refused(line: CommandLine, text: str) -> None:
    source = line.home / "other.json"
    source.write_text(text, "utf-8")
    assert line.run("profile", "add", "x", "--from-file", str(source)).exit_code == 1


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--api-base-url", "http://api.example.com"),
        ("--token-endpoint", "http://auth.example.com/token"),
        ("--token-endpoint", "https://auth.example.com"),
        ("--tenant-id", "../x"),
    ],
)
def test_addresses_that_would_show_the_secret_to_others_are_refused(
    line: CommandLine, options: tuple[str, ...]
) -> None:
    before = line.file.read_text()
    assert line.run("profile", "add", "other", *options, "--no-secret").exit_code == 2
    assert line.file.read_text() == before


ELSEWHERE = "http://api.example.com"


def test_a_secret_goes_to_no_address_that_others_can_listen_to_whoever_wrote_it_down(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a file that is imported, in the stored profile, in the environment."""
    ready = line.ready()
    made = tmp_path / "made.json"
    for changed in (
        ready | {"api_base_url": ELSEWHERE},
        ready | {"management": ready["management"] | {"token_endpoint": f"{ELSEWHERE}/token"}},
        ready | {"api_base_url": "file:///etc/passwd"},
        ready | {"api_base_url": "https://a@b.example.com"},
        ready | {"api_base_url": "https://["},
    ):
        made.write_text(json.dumps(changed), "utf-8")
        refused = line.run("profile", "add", "other", "--from-file", str(made))
        assert refused.exit_code != 0 and "no https address" in refused.stderr
    good = line.file.read_text("utf-8")
    line.file.write_text(good.replace(ready["api_base_url"], ELSEWHERE), "utf-8")
    for command in (("identity", "list"), ("realm", "use", ready["realm_id"])):
        assert line.run(*command).exit_code == 4
    line.file.write_text(good, "utf-8")
    for name, value in (ready | ready["management"]).items():
        if isinstance(value, str):
            monkeypatch.setenv(f"KEYBOUND_{name.upper()}", value)
    monkeypatch.setenv("KEYBOUND_TOKEN_ENDPOINT", f"{ELSEWHERE}/token")
    assert line.run("identity", "list").exit_code == 4
    assert line.sent == []


def test_a_profile_with_such_an_address_can_be_forgotten(line: CommandLine) -> None:
    text = line.file.read_text("utf-8")
    line.file.write_text(text.replace(line.ready()["api_base_url"], ELSEWHERE), "utf-8")
    assert line.run("profile", "remove", "test").exit_code == 0


def test_what_is_written_for_its_owner_is_written_to_a_file_of_no_one_elses(tmp_path: Path) -> None:
    """In a folder of many, where somebody waits with links and files of the names to come."""
    theirs = tmp_path / "theirs"
    theirs.touch(0o666)
    secret = tmp_path / "ready.json"
    for name in (f".ready.json.{os.getpid()}", ".ready.json"):
        (tmp_path / name).symlink_to(theirs)
    secret.touch(0o666)
    with secret.open() as opened_before:
        write_privately(secret, "s3cret")
        assert opened_before.read() == ""
    assert theirs.read_text() == ""
    assert secret.read_text() == "s3cret" and stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_privately(tmp_path / "ready.json", "half a character: \ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_pipeline_needs_no_file(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    line.file.unlink()
    ready = line.ready()
    monkeypatch.setenv("KEYBOUND_API_BASE_URL", ready["api_base_url"])
    incomplete = line.run("realm", "list")
    assert incomplete.exit_code == 1 and "KEYBOUND_TOKEN_ENDPOINT" in incomplete.stderr
    monkeypatch.setenv("KEYBOUND_TENANT_ID", ready["tenant_id"])
    monkeypatch.setenv("KEYBOUND_REALM_ID", ready["realm_id"])
    for name in ("token_endpoint", "client_id", "client_secret"):
        monkeypatch.setenv(f"KEYBOUND_{name.upper()}", ready["management"][name])
    assert line.json("identity", "list") == []
    kept = line.run("realm", "use", ready["realm_id"])
    assert kept.exit_code == 1 and "KEYBOUND_REALM_ID" in kept.stderr


def test_shells_are_taught_to_complete(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_KEYBOUND_COMPLETE" in line.said("completion", shell)
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert line.run("completion").exit_code == 2


def test_every_command_stands_in_the_help(line: CommandLine) -> None:
    said = line.said("--help")
    for name in ("identity", "job", "app", "config", "realm", "credential", "profile", "tenant"):
        assert f"\n  {name} " in said
