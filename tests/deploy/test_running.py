"""A deployment that runs: its schedule fires, and releases replace it while it is called.

Releases: other code, a restored table, CloudFront in front of the auth host, each deployed over
what serves. The doctor looks at all of it.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from keybound.edge.origin import HEADER
from keybound.storage import keys

from tests.deploy.conftest import ROLES, WATCHED, Variant, operator_of
from tests.deploy.journey import (
    ANN,
    APP,
    CONFIG,
    Management,
    Person,
    bind,
    follow,
    link_in,
    mail_number,
    until,
)
from tests.deploy.local_cloud import LocalDeployment
from tests.infra.conftest import synthesised
from tests.infra.templates import properties
from tests.support.software_authenticator import SoftwareAuthenticator
from tests.support.sources import REPOSITORY
from tools.cli.doctor.examination import Subject, examine
from tools.cli.doctor.findings import Finding, Status
from tools.cli.management_client import ManagementClient

Call = Callable[..., httpx.Response]

LONG_AGO = "at(2020-01-01T00:00:00)"


@pytest.fixture(scope="module")
def variant() -> Variant:
    """As shipped but for a sender and the watch stack, and each role enforced."""
    return ROLES


def new_job(manage: Management, name: str, method: str) -> tuple[str, str, str, str]:
    """Make a binding job of a new identity; return the ids of tenant, realm, identity and job."""
    config = manage("POST", "/authenticator-configs", {"authenticator_config": CONFIG})
    address = {"username": name, "primary_email_address": f"{name}@example.com"}
    identity = ANN | {"traits": {"type": "traits_v0"} | address}
    path = f"/identities/{manage('POST', '/identities', {'identity': identity})['id']}"
    body = {"job": {"delivery_method": method, "authenticator_config_id": config["id"]}}
    job = manage("POST", f"{path}/credential-binding-jobs", body)["credential_binding_job"]
    return job["tenant_id"], job["realm_id"], job["identity_id"], job["id"]


def job_past_its_time(deployed: LocalDeployment, manage: Management) -> tuple[str, ...]:
    """Make a binding job, and let its time be up; return its key."""
    key = keys.binding_job(*(ids := new_job(manage, "nobody", "RETURN")))  # type: ignore[arg-type]
    operator_of(deployed).directory.update(
        key,
        "SET expire_time = :past, esk = :end",
        values={":past": 1, ":end": keys.end_sort(1, ids[3])},  # type: ignore[arg-type]
    )
    return tuple(key)


def fire(deployed: LocalDeployment, name: str, minutes: int) -> None:
    """Let the scheduler run a room now, by the target and role of its own schedule, whose time is
    minutes away."""
    scheduler = deployed.client("scheduler")
    made = scheduler.get_schedule(Name=f"keybound-prod-{name}")
    assert (made["State"], made["ScheduleExpression"]) == ("ENABLED", f"rate({minutes} minutes)")
    assert made["Target"]["Arn"].endswith(f":function:keybound-prod-{name}:live")
    scheduler.create_schedule(
        Name=f"keybound-prod-{name}-now",
        ScheduleExpression=LONG_AGO,
        FlexibleTimeWindow=made["FlexibleTimeWindow"],
        Target=made["Target"],
    )


def test_the_scheduler_closes_a_job_that_is_past_its_time(
    deployed: LocalDeployment, manage: Management
) -> None:
    pk, sk = job_past_its_time(deployed, manage)
    fire(deployed, "expiry_cleanup", 15)
    table = operator_of(deployed).directory
    until(lambda: (table.get(keys.Key(pk, sk)) or {}).get("state") == "EXPIRED")
    group = "/aws/lambda/keybound-prod-expiry_cleanup"
    logs = deployed.client("logs").filter_log_events(logGroupName=group)
    lines = [e["message"] for e in logs["events"] if '"cleanup"' in e["message"]]
    assert [json.loads(line)["closed"] for line in lines] == [1]


def test_the_scheduler_sends_a_mail_that_nobody_saw_sent(
    deployed: LocalDeployment, manage: Management
) -> None:
    """The tables as a room leaves them that is stopped right after its transaction: the job waits
    for its mail, and the outbox names it."""
    ids = new_job(manage, "fay", "EMAIL")
    mail_number(deployed, 1, "fay@example.com")
    table, place = operator_of(deployed).directory, keys.outbox(*ids)  # type: ignore[arg-type]
    until(lambda: table.get(place) is None)
    job = keys.binding_job(*ids)  # type: ignore[arg-type]
    table.update(job, "SET mail_state = :pending", values={":pending": "PENDING"})
    table.put({**place._asdict(), "due": 1, "attempts": 0})

    fire(deployed, "mail_outbox", 5)
    again = mail_number(deployed, 2, "fay@example.com")
    until(lambda: table.get(place) is None)
    assert (table.get(job) or {})["mail_state"] == "SENT"
    follow(deployed, link_in(again), SoftwareAuthenticator(APP))


# --- the doctor


def look(deployed: LocalDeployment, client: ManagementClient) -> dict[str, Finding]:
    """Every check, as `keybound doctor` with credentials and the management client makes them."""
    subject = Subject(
        deployed.target(),
        client_id=client.client_id,
        client_secret=client.client_secret or "",
        look_into_aws=True,
    )
    return {each.check: each for each in examine(subject, deployed.exchange, deployed.resolve)}


def failures(found: Mapping[str, Finding]) -> set[str]:
    return {name for name, each in found.items() if each.status is not Status.OK}


def test_the_doctor_finds_everything_in_order(
    deployed: LocalDeployment, client: ManagementClient
) -> None:
    found = look(deployed, client)
    assert failures(found) == set(), found
    assert len(found) >= 25


def test_the_doctor_names_what_was_broken_and_what_to_do(
    deployed: LocalDeployment, client: ManagementClient
) -> None:
    """A signing key that is switched off, recovery that is off: and both in order again."""
    kms, dynamodb = deployed.client("kms"), deployed.client("dynamodb")
    key = deployed.outputs["SigningKeyRS256AArn"]
    recovery = {"TableName": "keybound-prod-grants"}
    kms.disable_key(KeyId=key)
    dynamodb.update_continuous_backups(
        **recovery, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    found = look(deployed, client)
    broken = {"signing keys", "backups of grants", "a signed token verifies"}
    assert failures(found) == broken | {"the management API takes it"}
    assert all(found[name].advice for name in broken)

    kms.enable_key(KeyId=key)
    dynamodb.update_continuous_backups(
        **recovery, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    assert failures(look(deployed, client)) == set()


def test_every_alarm_of_the_watch_stack_is_made(deployed: LocalDeployment) -> None:
    pages = deployed.client("cloudwatch").get_paginator("describe_alarms").paginate()
    made = {each["AlarmName"]: each for page in pages for each in page["MetricAlarms"]}
    wanted = properties(deployed.templates.watch, "CloudWatch::Alarm")
    assert set(made) == {each["AlarmName"] for each in wanted}
    topic = deployed.outputs["AlarmTopicArn"]
    assert {tuple(each["AlarmActions"]) for each in made.values()} == {(topic,)}
    groups = deployed.client("logs")
    for each in properties(deployed.templates.watch, "Logs::MetricFilter"):
        found = groups.describe_metric_filters(logGroupName=each["LogGroupName"])["metricFilters"]
        assert each["FilterPattern"] in {known["filterPattern"] for known in found}


# --- releases under load

REQUESTS = 1000
CALLERS = 4
# The release begins when this many calls were answered, and is done long before the last.
BEGINS_AFTER = 200
BEGINS_WITHIN_S = 300  # every function starts for the first time meanwhile
MARK = "x-release"


def next_release(folder: Path) -> Path:
    """A copy of the sources whose answers carry a mark, as a later release's might."""
    for part in ("functions", "layers"):
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pyc*"))
    errors = folder / "layers/keybound/python/keybound/edge/room.py"
    text = errors.read_text("utf-8")
    answered = "return response.as_event()"
    assert text.count(answered) == 1
    marked = f'return response.with_headers({{"{MARK}": "2"}}).as_event()'
    errors.write_text(text.replace(answered, marked), "utf-8")
    return folder


@dataclass
class Load:
    """Calls the deployment from several threads, and keeps every answer's status and release.

    tour: makes some calls one after another, each through what it is given.
    """

    tour: Callable[[Call], None]
    answers: list[tuple[int, str]] = field(default_factory=list)

    def once(self, call: Call) -> None:
        def noted(*arguments: Any, **more: Any) -> httpx.Response:
            answer = call(*arguments, **more)
            self.answers.append((answer.status_code, answer.headers.get(MARK, "1")))
            return answer

        self.tour(noted)

    def run(self, call: Call, release: Callable[[], None]) -> None:
        """Call until REQUESTS were answered, and release in the middle of them. Raises what the
        release does, and what a caller finds wrong."""

        def caller() -> None:
            while len(self.answers) < REQUESTS:
                self.once(call)

        with ThreadPoolExecutor(CALLERS + 1) as pool:
            callers = [pool.submit(caller) for _ in range(CALLERS)]
            until(lambda: len(self.answers) >= BEGINS_AFTER, BEGINS_WITHIN_S)
            pool.submit(release).result()
            assert len(self.answers) < REQUESTS, "the release ended after the last call"
            for each in callers:
                each.result()


def tour_of(manage: Management, person: Person) -> Callable[[Call], None]:
    """Reads, a sign-in's steps, a refusal and an unknown path; what each is answered is judged."""
    bearer = {"authorization": f"Bearer {manage.token}"}
    realm = manage.realm

    def tour(call: Call) -> None:
        caller = replace(person, call=call)
        told = caller.redeem(caller.code())
        assert told.status_code == 200, told.text
        token = told.json()["access_token"]
        for answer, wanted in (
            (caller.userinfo(token), 200),
            (call("GET", f"{person.issuer}/.well-known/openid-configuration"), 200),
            (call("GET", f"{person.issuer}/.well-known/jwks.json"), 200),
            (call("GET", f"{realm}/identities?page_size=1", headers=bearer), 200),
            (call("GET", f"{realm}/identities"), 401),
            (call("GET", f"{person.issuer}/nobody"), 404),
        ):
            assert answer.status_code == wanted, answer.text

    return tour


# The statuses of one tour: authorize redirects, eight others are answered.
OF_A_TOUR = {302: 1, 200: 6, 401: 1, 404: 1}


def test_a_release_under_load_fails_none_of_a_thousand_calls(
    deployed: LocalDeployment, manage: Management, person: Person, tmp_path: Path
) -> None:
    """Every status is counted: each call is answered as if nothing was going on."""
    root = next_release(tmp_path / "next")
    load = Load(tour_of(manage, person))
    templates = synthesised(tmp_path / "templates", WATCHED, root=root)
    load.run(deployed.call, lambda: deployed.update(templates))
    assert len(load.answers) >= REQUESTS
    tours, left = divmod(len(load.answers), sum(OF_A_TOUR.values()))
    assert left == 0
    statuses = Counter(status for status, _ in load.answers)
    assert statuses == {status: number * tours for status, number in OF_A_TOUR.items()}
    releases = Counter(release for _, release in load.answers)
    assert releases["1"] >= BEGINS_AFTER
    assert releases["2"] > 0
    after = Load(load.tour)
    after.once(deployed.call)
    assert {release for _, release in after.answers} == {"2"}


# --- a restore


def test_sign_ins_go_on_from_a_restored_directory(
    deployed: LocalDeployment,
    client: ManagementClient,
    manage: Management,
    person: Person,
    tmp_path: Path,
) -> None:
    """docs/operations.md, Restoring the tables: everything in the Directory is lost; a copy under
    another name becomes the Directory by a setting, and what is not restored is done again."""
    dynamodb = deployed.client("dynamodb")
    own, restored = "keybound-prod-directory", "keybound-prod-directory-restored"
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=own, TargetTableName=restored, UseLatestRestorableTime=True
    )
    # The Grants are as they were, so this login is good again below; a code would be over by then.
    token = person.redeem(person.code()).json()["access_token"]
    empty(dynamodb, own)
    with pytest.raises(AssertionError):
        person.code()

    deployed.update(synthesised(tmp_path, WATCHED | {"directory_table_name": restored}))
    assert person.userinfo(token).status_code == 200
    assert person.redeem(person.code()).status_code == 200
    assert manage("GET", f"/identities/{person.identity_id}")["id"] == person.identity_id
    bind_another(deployed, manage)
    assert dynamodb.scan(TableName=own, Select="COUNT")["Count"] == 0
    found = look(deployed, client)
    assert found["table directory"].found == restored
    assert failures(found) == {"backups of directory"}, "a restored table has none of its own"
    dynamodb.update_continuous_backups(
        TableName=restored, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    assert failures(look(deployed, client)) == set()


def bind_another(deployed: LocalDeployment, manage: Management) -> None:
    """Keys are restored too: what seals links and ceremonies is unwrapped as before."""
    (config,) = manage("GET", "/authenticator-configs?page_size=1")["authenticator_configs"]
    zoe = ANN | {"traits": {"type": "traits_v0", "username": "zoe"}}
    identity = manage("POST", "/identities", {"identity": zoe})["id"]
    bind(deployed, manage, identity, config["id"], SoftwareAuthenticator(APP))


def empty(dynamodb: Any, table: str) -> None:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


def test_with_the_edge_in_front_calls_that_bypass_it_are_refused(
    deployed: LocalDeployment, manage: Management, person: Person, tmp_path: Path
) -> None:
    """The secret is drawn by the deployment; only roles of the auth host's rooms can read it."""
    in_use = json.loads(deployed.outputs["Settings"])["directory_table_name"]
    chosen = WATCHED | {
        "directory_table_name": in_use,
        "auth_domain_name": "login.example.com",
        "edge_origin_domain_name": urlsplit(deployed.outputs["AuthBaseUrl"]).netloc,
        "edge_hosted_zone_id": "Z0123456789ABC",
    }
    before = dict(deployed.outputs)
    deployed.update(synthesised(tmp_path, chosen))
    secret = deployed.client("secretsmanager").get_secret_value(
        SecretId="keybound-prod/origin-secret"
    )["SecretString"]
    jwks = f"{person.issuer}/.well-known/jwks.json"
    for method in ("GET", "HEAD", "OPTIONS"):
        for shown in ({}, {HEADER: "guess"}, {HEADER: f"{secret}, {secret}"}):
            refused = deployed.call(method, jwks, headers=shown)
            if method != "OPTIONS":  # which ministack answers itself
                assert refused.status_code == 403
    assert deployed.call("GET", jwks, headers={HEADER: secret}).status_code == 200
    # Unknown paths are refused in the same way, and the api host has nothing in front of it.
    for path, shown, status in (
        ("Auth", {}, 403),
        ("Auth", {HEADER: secret}, 404),
        ("Api", {}, 404),
    ):
        nobody = f"{before[f'{path}BaseUrl']}/nobody"
        assert deployed.call("GET", nobody, headers=shown).status_code == status
    bearer = {"authorization": f"Bearer {manage.token}"}
    answer = deployed.call("GET", f"{manage.realm}/identities", headers=bearer)
    assert answer.status_code == 401  # issued under the name that the auth host had before
