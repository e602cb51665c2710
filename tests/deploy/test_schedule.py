"""The scheduler runs what the deployed schedule names, with its role, and a link is closed."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from keybound.storage import keys

from tests.deploy.conftest import deployment, first_tenant, operator_of
from tests.deploy.journey import ANN, CONFIG, Management, new_realm
from tests.deploy.local_cloud import LocalDeployment
from tests.infra.conftest import synthesised_as_shipped

NAME = "keybound-prod-expiry_cleanup"
LONG_AGO = "at(2020-01-01T00:00:00)"
# ministack looks for schedules that are due every ten seconds.
SOON_S = 40


@pytest.fixture(scope="module")
def deployed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    templates = synthesised_as_shipped(tmp_path_factory.mktemp("shipped"))
    with deployment(tmp_path_factory.mktemp("ministack"), wheels, templates, roles=True) as made:
        yield made


def job_past_its_time(deployed: LocalDeployment, manage: Management) -> tuple[str, ...]:
    """Make a binding job, and let its time be up; return its key."""
    config = manage("POST", "/authenticator-configs", {"authenticator_config": CONFIG})
    identity = manage("POST", "/identities", {"identity": ANN})["id"]
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


def test_the_scheduler_closes_a_job_that_is_past_its_time(deployed: LocalDeployment) -> None:
    manage = new_realm(deployed, first_tenant(deployed, "kms"))
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
