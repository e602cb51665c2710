"""A deployment that runs: its schedule fires, and releases replace it while it is called.

Releases: other code, then CloudFront in front of the auth host, each deployed over what serves.
"""

import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from keybound.edge.origin import HEADER
from keybound.storage import keys

from tests.deploy.conftest import ROLES, Variant, deployment, operator_of
from tests.deploy.journey import ANN, CONFIG, Management, Person
from tests.deploy.local_cloud import LocalDeployment
from tests.infra.conftest import synthesised
from tests.support.sources import REPOSITORY

NAME = "keybound-prod-expiry_cleanup"
LONG_AGO = "at(2020-01-01T00:00:00)"
# ministack looks for schedules that are due every ten seconds.
SOON_S = 40
SENDER = {"sender": "no-reply@mail.example.com"}


@pytest.fixture(scope="module")
def deployed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """As shipped but for a sender, and each role enforced."""
    templates = synthesised(tmp_path_factory.mktemp("first"), SENDER)
    with deployment(tmp_path_factory.mktemp("ministack"), wheels, templates, roles=True) as made:
        yield made


@pytest.fixture(scope="module")
def variant() -> Variant:
    return ROLES


def job_past_its_time(deployed: LocalDeployment, manage: Management) -> tuple[str, ...]:
    """Make a binding job, and let its time be up; return its key."""
    config = manage("POST", "/authenticator-configs", {"authenticator_config": CONFIG})
    nobody = ANN | {"traits": {"type": "traits_v0", "username": "nobody"}}
    identity = manage("POST", "/identities", {"identity": nobody})["id"]
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": config["id"]}}
    jobs = f"/identities/{identity}/credential-binding-jobs"
    job = manage("POST", jobs, body)["credential_binding_job"]
    t, r = job["tenant_id"], job["realm_id"]
    key = keys.binding_job(t, r, identity, job["id"])
    operator_of(deployed).directory.update(
        key,
        "SET expire_time = :past, esk = :end",
        values={":past": 1, ":end": keys.end_sort(1, job["id"])},
    )
    return tuple(key)


def until(done: Callable[[], Any], within_s: float) -> None:
    give_up = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < give_up, f"not within {within_s} s"
        time.sleep(0.1)  # another process is at work


def test_the_scheduler_closes_a_job_that_is_past_its_time(
    deployed: LocalDeployment, manage: Management
) -> None:
    pk, sk = job_past_its_time(deployed, manage)
    scheduler = deployed.client("scheduler")
    made = scheduler.get_schedule(Name=NAME)
    assert (made["State"], made["ScheduleExpression"]) == ("ENABLED", "rate(15 minutes)")
    assert made["Target"]["Arn"].endswith(f":function:{NAME}:live")

    # The same target and role under another time: its own is a quarter of an hour away.
    scheduler.create_schedule(
        Name=f"{NAME}-now",
        ScheduleExpression=LONG_AGO,
        FlexibleTimeWindow=made["FlexibleTimeWindow"],
        Target=made["Target"],
    )
    table = operator_of(deployed).directory
    until(lambda: table.get(keys.Key(pk, sk))["state"] == "EXPIRED", SOON_S)
    logs = deployed.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{NAME}")
    lines = [e["message"] for e in logs["events"] if '"cleanup"' in e["message"]]
    assert [json.loads(line)["closed"] for line in lines] == [1]


# --- releases under load

REQUESTS = 280
CALLERS = 4
# The release begins when this many calls were answered, and is done long before the last.
BEGINS_AFTER = 70
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
    """Calls the deployment from several threads, and keeps every answer's status and release."""

    calls: Sequence[Callable[[], httpx.Response]]
    answers: list[tuple[int, str]] = field(default_factory=list)

    def run(self, release: Callable[[], None]) -> None:
        """Make REQUESTS calls, and release in the middle of them. Raises what the release does."""
        turns = iter(range(REQUESTS))
        lock = threading.Lock()

        def caller() -> None:
            while True:
                with lock:
                    turn = next(turns, None)
                if turn is None:
                    return
                answer = self.calls[turn % len(self.calls)]()
                with lock:
                    self.answers.append((answer.status_code, answer.headers.get(MARK, "1")))

        with ThreadPoolExecutor(CALLERS + 1) as pool:
            callers = [pool.submit(caller) for _ in range(CALLERS)]
            until(lambda: len(self.answers) >= BEGINS_AFTER, SOON_S)
            pool.submit(release).result()
            assert len(self.answers) < REQUESTS, "the release ended after the last call"
            for each in callers:
                each.result()


def calls_of(deployed: LocalDeployment, manage: Management, person: Person) -> Load:
    """Reads, a sign-in's steps, a write, a refusal and an unknown path, in turn."""
    bearer = {"authorization": f"Bearer {manage.token}"}
    realm, call = manage.realm, deployed.call
    token = person.redeem(person.code()).json()["access_token"]

    def sign_in() -> httpx.Response:
        return person.redeem(person.code())

    return Load(
        [
            lambda: call("GET", f"{person.issuer}/.well-known/openid-configuration"),
            lambda: call("GET", f"{person.issuer}/.well-known/jwks.json"),
            lambda: person.userinfo(token),
            lambda: call("GET", f"{realm}/identities?page_size=1", headers=bearer),
            sign_in,
            lambda: call("GET", f"{realm}/identities"),
            lambda: call("GET", f"{person.issuer}/nobody"),
        ]
    )


def test_a_release_under_load_fails_no_call(
    deployed: LocalDeployment, manage: Management, person: Person, tmp_path: Path
) -> None:
    """Every status is counted: each call is answered as if nothing was going on."""
    root = next_release(tmp_path / "next")
    folder = tmp_path / "templates"
    load = calls_of(deployed, manage, person)
    templates = synthesised(folder, SENDER, root=root)
    load.run(lambda: deployed.update(templates))
    statuses = Counter(status for status, _ in load.answers)
    each = REQUESTS // len(load.calls)
    assert statuses == {200: each * 5, 401: each, 404: each}
    releases = Counter(release for _, release in load.answers)
    assert releases["1"] >= BEGINS_AFTER
    assert releases["2"] > 0
    assert {call().headers.get(MARK) for call in load.calls} == {"2"}


def test_with_the_edge_in_front_calls_that_bypass_it_are_refused(
    deployed: LocalDeployment, manage: Management, person: Person, tmp_path: Path
) -> None:
    """The secret is drawn by the deployment; only roles of the auth host's rooms can read it."""
    chosen = SENDER | {
        "auth_domain_name": "login.example.com",
        "edge_origin_domain_name": urlsplit(deployed.outputs["AuthBaseUrl"]).netloc,
        "edge_hosted_zone_id": "Z0123456789ABC",
    }
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
    # The api host has nothing in front of it.
    bearer = {"authorization": f"Bearer {manage.token}"}
    answer = deployed.call("GET", f"{manage.realm}/identities", headers=bearer)
    assert answer.status_code == 401  # issued under the name that the auth host had before
