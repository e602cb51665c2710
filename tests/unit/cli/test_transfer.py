"""A realm leaves one deployment and arrives in another: what moves, what does not, what cannot."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from keybound.domain.application import Application
from keybound.domain.authenticator_config import AuthenticatorConfig
from keybound.domain.credential import Credential
from keybound.domain.errors import BadRequest
from keybound.domain.identity import Identity
from keybound.domain.ids import RealmId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode

from tests.support.binding_steps import BindingSteps, identity_body
from tests.support.configuration_bodies import client_body, make_application, make_config, web_body
from tests.support.platform import Platform
from tests.support.sign_in import ORIGIN, REDIRECT_URI, SignIn
from tests.support.software_authenticator import SoftwareAuthenticator
from tools.cli.main import main
from tools.cli.transfer import commands, exporting, import_file
from tools.cli.transfer.reading import RealmReader


@dataclass
class Moved:
    """What was in the realm when it was exported. told: every secret that must not be in it."""

    file: Path
    path: RealmPath
    authenticator: SoftwareAuthenticator
    ids: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


def run(platform: Platform, *arguments: str) -> Result:
    """Run a command against the tables of a platform."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "_deployment", lambda given: platform.deployment)
        return CliRunner().invoke(main, arguments)


def made(platform: Platform, path: str, body: Any) -> dict[str, Any]:
    answer = platform.manage("POST", path, body)
    assert answer.status == 200, answer.text
    content: dict[str, Any] = answer.json() if answer.body else {}
    return content


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """A realm with one of everything, exported; its deployment is gone afterwards."""
    source = Platform()
    try:
        file = tmp_path_factory.mktemp("export") / "realm.jsonl"
        device = SoftwareAuthenticator(ORIGIN)
        path = RealmPath(source.tenant_id, RealmId(source.realm_id))
        moved = Moved(file, path, device)
        fill(source, moved)
        before = list_of_items(source)
        done = run(
            source,
            *("export", "--tenant-id", path.tenant_id, "--realm-id", path.realm_id, str(file)),
        )
        assert done.exit_code == 0, (done.output, done.exception)
        assert list_of_items(source) == before
    finally:
        source.stop()
    yield moved


def fill(source: Platform, moved: Moved) -> None:
    config = make_config(source, invoke_url=f"{ORIGIN}/passkeys")
    web = web_body(config, redirect_uris=[REDIRECT_URI])
    shop, machine = make_application(source, web), make_application(source, client_body())
    moved.told += [each["protocol_config"]["client_secret"] for each in (shop, machine)]
    ada = made(source, "/identities", identity_body("ada"))
    bob = made(source, "/identities", identity_body("bob", status="suspended"))
    BindingSteps(source, config, ada).bind(moved.authenticator)
    lost = BindingSteps(source, config, ada).bind(SoftwareAuthenticator(ORIGIN))
    revoke = f"/identities/{ada['id']}/credentials/{lost['id']}:revoke"
    made(source, revoke, {})
    link = BindingSteps(source, config, ada).link()
    moved.told.append(link.token)
    staff = made(source, "/groups", {"group": {"display_name": "Staff"}})
    made(source, f"/groups/{staff['id']}:addMembers", {"identity_ids": [ada["id"], bob["id"]]})
    server = made(
        source,
        "/resource-servers",
        {
            "resource_server": {
                "display_name": "Orders",
                "identifier": "https://orders.example.com",
                "scopes": ["orders:read"],
            }
        },
    )
    roles = f"/resource-servers/{server['id']}/roles"
    role = made(source, roles, {"role": {"display_name": "Reader"}})
    made(source, f"{roles}/{role['id']}:addScopes", {"scopes": ["orders:read"]})
    members = {"identity_ids": [ada["id"]], "group_ids": [staff["id"]]}
    made(source, f"{roles}/{role['id']}:addMembers", members)
    made(source, "/themes", {"theme": {"email_realm_name": "Example"}})
    moved.ids |= {"config": config, "shop": shop["id"], "ada": ada["id"], "bob": bob["id"]}
    moved.ids |= {"group": staff["id"], "server": server["id"], "role": role["id"]}


# Only one platform may be started at a time: what uses `platform`, which stays, stands below.
@pytest.fixture
def target(moved: Moved) -> Iterator[Platform]:
    """Another deployment, with a tenant of its own."""
    platform = Platform()
    yield platform
    platform.stop()


def list_of_items(platform: Platform) -> list[str]:
    from keybound.edge import aws

    name = platform.deployment.directory.name
    found = aws.dynamodb().scan(TableName=name)["Items"]
    return sorted(json.dumps(each, sort_keys=True, default=str) for each in found)


def imported(platform: Platform, file: Path, *more: str) -> list[dict[str, Any]]:
    """Return the lines that the command prints for scripts."""
    done = run(platform, "import", str(file), "--make-tenant", "--json", *more)
    assert done.exit_code == 0, (done.output, done.exception)
    return [json.loads(line) for line in done.stdout.splitlines()]


def stored(platform: Platform, kind: type, key: keys.Key) -> Any:
    item = platform.deployment.directory.get(key)
    assert item is not None
    return decode(kind, item)


def test_whoever_had_a_passkey_signs_in_with_it_after_the_import(
    moved: Moved, target: Platform
) -> None:
    tenant, *rest = imported(target, moved.file)
    secrets = {each["application_id"]: each["client_secret"] for each in rest[:-1]}
    t, r = moved.path.tenant_id, moved.path.realm_id
    items = target.deployment.directory
    identity = stored(target, Identity, keys.identity(t, r, moved.ids["ada"]))  # type: ignore[arg-type]
    reference = identity.passkeys[0]
    pointer = items.get(keys.credential_pointer(t, r, identity.id, reference.id))
    assert pointer is not None
    steps = SignIn(
        target,
        stored(target, Application, keys.application(t, r, moved.ids["shop"])),  # type: ignore[arg-type]
        stored(target, AuthenticatorConfig, keys.authenticator_config(t, r, moved.ids["config"])),  # type: ignore[arg-type]
        identity,
        moved.authenticator,
        stored(target, Credential, keys.credential(t, r, pointer["credential_hash"])),
        secrets[moved.ids["shop"]],
    )
    claims = steps.userinfo(steps.tokens()["access_token"]).json()
    assert claims["sub"] == moved.ids["ada"]
    assert identity.group_ids == {moved.ids["group"]}
    assert tenant["tenant_id"] == t and tenant["management"]["client_secret"]


def test_all_that_the_api_shows_is_what_it_showed_before(moved: Moved, target: Platform) -> None:
    imported(target, moved.file)
    client = run_client(target, moved)

    def shown(path: str) -> Any:
        answer = target.call("GET", f"/v1/{moved.path}{path}", token=client)
        assert answer.status == 200, answer.text
        return answer.json()

    people = shown("/identities")
    assert people["total_size"] == 2
    assert {i["traits"]["username"]: i["status"] for i in people["identities"]} == {
        "ada": "active",
        "bob": "suspended",
    }
    passkeys = shown("/identities/-/credentials")
    assert sorted(each["state"] for each in passkeys["credentials"]) == ["ACTIVE", "REVOKED"]
    assert passkeys["total_size"] == 2
    assert shown(f"/groups/{moved.ids['group']}:listMembers")["total_size"] == 2
    role = f"/resource-servers/{moved.ids['server']}/roles/{moved.ids['role']}"
    members = shown(f"{role}:listMembers")
    assert (members["total_groups_size"], members["total_identities_size"]) == (1, 1)
    assert shown(f"{role}:listScopes")["scopes"] == ["orders:read"]
    assert shown("/themes/active")["email_realm_name"] == "Example"
    assert shown("/identities/-/credential-binding-jobs")["credential_binding_jobs"] == []
    found = shown('/identities?filter=status%20eq%20"suspended"')["identities"]
    assert [each["id"] for each in found] == [moved.ids["bob"]]
    taken = target.call(
        "POST", f"/v1/{moved.path}/identities", token=client, json=identity_body("ADA")
    )
    assert taken.status == 409


def run_client(target: Platform, moved: Moved) -> str:
    """Return a management token of the tenant that the import made."""
    from tools.cli.tenants import renew_client_secret

    client = renew_client_secret(target.deployment, moved.path.tenant_id)
    return target.management_token(client=client)


def test_no_secret_is_in_an_export(moved: Moved) -> None:
    from keybound.domain.secrets import hash_secret

    text = moved.file.read_text("utf-8")
    for secret in moved.told:
        assert secret not in text and hash_secret(secret) not in text
    assert "secret" not in text.replace("client_secret_basic", "")
    assert moved.file.stat().st_mode & 0o077 == 0


def test_a_second_import_changes_nothing(moved: Moved, target: Platform) -> None:
    imported(target, moved.file)
    before = list_of_items(target)
    (report,) = imported(target, moved.file)
    assert report["made"] == {} and report["present"]["identity"] == 2
    assert list_of_items(target) == before


def test_what_changed_since_stays_and_what_has_no_place_is_named(
    moved: Moved, target: Platform, tmp_path: Path
) -> None:
    """Another username stays; a name that is taken, a passkey without owner are left out."""
    imported(target, moved.file)
    client = run_client(target, moved)
    ada = f"/v1/{moved.path}/identities/{moved.ids['ada']}"
    renamed = {"identity": {"traits": {"type": "traits_v0", "username": "countess"}}}
    assert target.call("PATCH", ada, token=client, json=renamed).status == 200

    def others(contents: list[Any]) -> None:
        taken = json.loads(json.dumps(value_of(contents, "identity")))
        taken |= {"id": "0" * 16, "traits": {"username": "Countess"}}
        homeless = json.loads(json.dumps(value_of(contents, "credential")))
        homeless |= {"id": "1" * 16, "identity_id": "2" * 16, "credential_id": "AAAA"}
        thief = {**value_of(contents, "credential"), "identity_id": moved.ids["bob"]}
        contents += [{"kind": "identity", "value": taken}]
        contents += [{"kind": "credential", "value": each} for each in (homeless, thief)]

    done = run(target, "import", str(edited(moved.file, tmp_path, others)))
    assert done.exit_code == 1 and "4 were left out" in done.stderr
    for said in (
        f"identity {moved.ids['ada']}: it is there with other traits, which stay",
        f"identity {'0' * 16}: username already exists",
        f"credential {'1' * 16}: its identity is not here",
        "the realm knows its WebAuthn id as another credential",
    ):
        assert said in done.stderr, done.stderr
    shown = target.call("GET", ada, token=client).json()
    assert shown["traits"]["username"] == "countess"


def test_a_realm_that_was_deleted_here_does_not_come_back(target: Platform, tmp_path: Path) -> None:
    file = tmp_path / "realm.jsonl"
    ids = ("--tenant-id", target.tenant_id, "--realm-id", target.realm_id)
    assert run(target, "export", *ids, str(file)).exit_code == 0
    assert target.manage("DELETE", target.realm_path).status == 200
    before = list_of_items(target)
    done = run(target, "import", str(file))
    assert done.exit_code == 1 and "was deleted here" in done.stderr
    assert list_of_items(target) == before


def test_the_permissions_that_the_operations_page_lists_are_those_used(
    moved: Moved, target: Platform, tmp_path: Path
) -> None:
    used: set[str] = set()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name != "TransactWriteItems":
            used.add(f"dynamodb:{model.name}")
            return
        parts = {"Put": "PutItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem"}
        used.update(f"dynamodb:{parts[name]}" for each in params["TransactItems"] for name in each)

    from keybound.edge import aws

    aws.dynamodb().meta.events.register("before-parameter-build.dynamodb", note)
    try:
        imported(target, moved.file)
        for_import = set(used)
        used.clear()
        ids = ("--tenant-id", moved.path.tenant_id, "--realm-id", moved.path.realm_id)
        done = run(target, "export", *ids, str(tmp_path / "again"))
        assert done.exit_code == 0, done.output
    finally:
        aws.dynamodb().meta.events.unregister("before-parameter-build.dynamodb", note)
    page = (Path(__file__).parents[3] / "docs/operations.md").read_text("utf-8")
    for command, actions in (("import", for_import), ("export", used)):
        told = re.search(rf"`keybound {command}` needs\s(.*?);", page, re.DOTALL)
        assert told is not None
        listed = set(re.findall(r"`(dynamodb:\w+)`", told[1]))
        assert listed == actions, command


def test_an_import_that_broke_off_is_finished_by_the_next(moved: Moved) -> None:
    """It breaks at every line once; no item is there twice or half."""
    once = Platform()
    try:
        imported(once, moved.file)
        whole = shapes(once)
    finally:
        once.stop()
    again = Platform()
    try:
        writes = {"left": 0}
        put = import_file.RealmWriter.put

        def breaking(writer: Any, entity: Any) -> bool:
            done = put(writer, entity)
            writes["left"] -= 1
            if writes["left"] < 0:
                raise BadRequest("broke off")
            return done

        for attempt in range(60):
            writes["left"] = attempt
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(import_file.RealmWriter, "put", breaking)
                done = run(again, "import", str(moved.file), "--make-tenant")
            if done.exit_code == 0:
                break
        assert done.exit_code == 0 and attempt > 5
        assert shapes(again) == whole
        assert not moved.file.with_name(f"{moved.file.name}.imported").exists()
    finally:
        again.stop()


def shapes(platform: Platform) -> list[tuple[str, ...]]:
    """The kinds of items there are, with the attributes that each has, whatever their values."""
    from keybound.edge import aws

    found = aws.dynamodb().scan(TableName=platform.deployment.directory.name)["Items"]
    return sorted(
        (each["pk"]["S"].split("#")[0], *sorted(each)) for each in found if not counts(each)
    )


def counts(item: dict[str, Any]) -> bool:
    return bool(item["pk"]["S"].startswith("COUNT#"))


def test_an_export_that_broke_off_goes_on_and_ends_alike(target: Platform, tmp_path: Path) -> None:
    for number in range(3):
        made(target, "/identities", identity_body(f"person-{number}"))
    options = ("export", "--tenant-id", target.tenant_id, "--realm-id", target.realm_id)
    assert run(target, *options, str(tmp_path / "whole")).exit_code == 0
    steps = RealmReader.steps

    for broken_at in range(1, 8):
        file = tmp_path / f"broken-{broken_at}"

        def breaking(reader: RealmReader, place: Any, last: int = broken_at) -> Any:
            for number, step in enumerate(steps(reader, place)):
                if number == last:
                    raise BadRequest("broke off")
                yield step

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RealmReader, "steps", breaking)
            if run(target, *options, str(file)).exit_code == 0:
                break
        with exporting.part_of(file).open("a") as part:
            part.write('{"kind": "identity", "val')
        assert run(target, *options, str(file)).exit_code == 0
        assert lines(file) == lines(tmp_path / "whole")
    assert broken_at > 3


def lines(file: Path) -> list[str]:
    """All but the header, which says when it was, and the end, which has the hash of that."""
    return file.read_text("utf-8").splitlines()[1:-1]


def edited(file: Path, tmp_path: Path, change: Callable[[list[Any]], Any]) -> Path:
    """Return a copy whose lines were changed, with an end that fits."""
    import hashlib

    contents = [json.loads(line) for line in file.read_text("utf-8").splitlines()[:-1]]
    change(contents)
    text = "".join(json.dumps(each) + "\n" for each in contents)
    end = {"lines": len(contents), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    copy = tmp_path / "edited.jsonl"
    copy.write_text(text + json.dumps({"kind": "end", "value": end}) + "\n", "utf-8")
    return copy


def value_of(contents: list[Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each["value"] for each in contents if each["kind"] == kind)
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: value_of(c, "identity").update(status="root"), "status is refused"),
        (lambda c: value_of(c, "identity").update(session_epoch=7), "unknown member session_epoch"),
        (lambda c: value_of(c, "identity").update(create_time="1"), "create_time is no int"),
        (lambda c: value_of(c, "identity").update(create_time=True), "create_time is no int"),
        (lambda c: value_of(c, "identity").pop("id"), "id is refused"),
        (lambda c: value_of(c, "identity").update(create_time=10**12), "create_time is no number"),
        (lambda c: value_of(c, "identity").update(display_name="x" * 70_000), "display_name is no"),
        (lambda c: value_of(c, "identity")["traits"].update(role="x"), "traits is refused"),
        (lambda c: value_of(c, "identity")["traits"].update(title="x" * 2000), "traits is refused"),
        (lambda c: value_of(c, "credential").update(public_key="!"), "public_key is no"),
        (lambda c: value_of(c, "credential").update(public_key="AAAA"), "public_key is refused"),
        (lambda c: value_of(c, "credential").update(algorithm=-257), "algorithm is refused"),
        (lambda c: value_of(c, "credential").update(sign_count=-1), "sign_count is refused"),
        (lambda c: value_of(c, "credential").update(sign_count=2**32), "sign_count is refused"),
        (
            lambda c: value_of(c, "credential").update(backup_eligible=False, backup_state=True),
            "backup_state is refused",
        ),
        (lambda c: value_of(c, "credential").update(credential_id="="), "credential_id is refused"),
        (
            lambda c: value_of(c, "members").update(identity_ids=["0" * 16] * 101),
            "identity_ids is refused",
        ),
        (lambda c: value_of(c, "application").update(client_secret_hash="x"), "unknown member"),
        (lambda c: value_of(c, "application").update(redirect_uris=["http://x"]), "redirect_uris"),
        (
            lambda c: value_of(c, "resource_server").update(
                identifier="http://localhost:8081/v1/tenants/0000000000000000"
            ),
            "identifier",
        ),
        (lambda c: value_of(c, "realm").update(is_admin=True), "unknown member is_admin"),
        (lambda c: c.append({"kind": "tenant", "value": {}}), "unknown kind of line: tenant"),
        (lambda c: c[0]["value"].update(version=2), "of version 1"),
        (lambda c: c[0]["value"].update(tenant_id="../x"), "no tenant and realm"),
        (lambda c: c.pop(0), "begins with a header"),
    ],
)
def test_a_line_that_no_export_writes_is_refused_before_anything_is_written(
    moved: Moved,
    platform: Platform,
    tmp_path: Path,
    change: Callable[[list[Any]], Any],
    said: str,
) -> None:
    before = list_of_items(platform)
    done = run(platform, "import", str(edited(moved.file, tmp_path, change)), "--make-tenant")
    assert done.exit_code == 1 and said in done.stderr, done.stderr
    assert list_of_items(platform) == before


def test_a_cut_or_changed_file_is_refused(moved: Moved, platform: Platform, tmp_path: Path) -> None:
    text = moved.file.read_text("utf-8")
    copy = tmp_path / "copy.jsonl"
    for damaged, said in (
        (text[: len(text) // 2], "line"),
        ("\n".join(text.splitlines()[:-1]) + "\n", "last line is missing"),
        (text.replace('"ada"', '"eve"', 1), "changed or damaged"),
        (text + "{}\n", "last line is missing"),
        ("", "last line is missing"),
    ):
        copy.write_text(damaged, "utf-8")
        done = run(platform, "import", str(copy), "--make-tenant")
        assert done.exit_code == 1 and said in done.stderr, done.stderr
    other = run(platform, "import", str(moved.file), "--make-tenant", "--sha256", "0" * 64)
    assert other.exit_code == 1 and "another export" in other.stderr


@pytest.mark.parametrize("line", ["[" * 100_000, '{"kind": "x", "value": "' + "x" * 4_100_000])
def test_a_line_that_nobody_can_read_is_named_and_not_read_further(
    moved: Moved, platform: Platform, tmp_path: Path, line: str
) -> None:
    file = tmp_path / "huge.jsonl"
    file.write_text(moved.file.read_text("utf-8").partition("\n")[0] + "\n" + line, "utf-8")
    done = run(platform, "import", str(file), "--make-tenant")
    assert done.exit_code == 1 and "line 2:" in done.stderr, done.stderr
    assert len(done.stderr) < 500


def test_a_part_that_no_export_began_is_refused_and_left_alone(
    platform: Platform, tmp_path: Path
) -> None:
    options = ("--tenant-id", platform.tenant_id, "--realm-id", platform.realm_id)
    part, mine = tmp_path / "x.part", tmp_path / "mine"
    mine.write_text("mine", "utf-8")
    part.symlink_to(mine)
    assert run(platform, "export", *options, str(tmp_path / "x")).exit_code == 1
    assert mine.read_text("utf-8") == "mine"
    part.unlink()
    for damaged in (
        b'{"kind": "header"}\n{"kind": "checkpoint", "value": {}}\n',
        b'nothing\n{"kind": "checkpoint", "value": {}}\n',
        b'{"kind": "header", "value": {}}\n{"kind": "checkpoint", "value": {"section": "x"}}\n',
    ):
        part.write_bytes(damaged)
        done = run(platform, "export", *options, str(tmp_path / "x"))
        assert done.exit_code == 1 and "damaged: remove it" in done.stderr, done.stderr
        assert part.read_bytes() == damaged


def test_an_export_is_for_its_owner_alone_whatever_its_part_was(
    platform: Platform, tmp_path: Path
) -> None:
    options = ("--tenant-id", platform.tenant_id, "--realm-id", platform.realm_id)
    (tmp_path / "x.part").touch(0o666)
    assert run(platform, "export", *options, str(tmp_path / "x")).exit_code == 0
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_the_tenant_is_made_only_when_that_is_said(moved: Moved, platform: Platform) -> None:
    before = list_of_items(platform)
    done = run(platform, "import", str(moved.file))
    assert done.exit_code == 1 and "say --make-tenant" in done.stderr
    assert list_of_items(platform) == before


def test_an_admin_realm_is_not_exported_nor_written_over(
    platform: Platform, tmp_path: Path
) -> None:
    admin = platform.management.admin_realm_id
    options = ("--tenant-id", platform.tenant_id, "--realm-id", admin)
    done = run(platform, "export", *options, str(tmp_path / "x"))
    assert done.exit_code == 1 and "an admin realm is not exported" in done.stderr
    unknown = ("--tenant-id", platform.tenant_id, "--realm-id", "0" * 16)
    assert run(platform, "export", *unknown, str(tmp_path / "x")).exit_code == 1
    taken = tmp_path / "taken"
    taken.write_text("mine", "utf-8")
    assert run(platform, "export", *options, str(taken)).exit_code == 2
    assert taken.read_text("utf-8") == "mine"
