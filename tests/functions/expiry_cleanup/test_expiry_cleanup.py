"""The scheduled room `expiry_cleanup`."""

import pytest
from keybound.domain.errors import Unavailable

from functions.expiry_cleanup.handler import lambda_handler
from tests.support.at_once import at_once
from tests.support.aws_calls import fail_aws_call
from tests.support.binding_steps import new_binding
from tests.support.platform import Platform

SEVEN_DAYS_S = 7 * 24 * 3600
STATES = "/identities/-/credential-binding-jobs?page_size=200"


class Context:
    """Lambda's context with so many milliseconds left at each look."""

    def __init__(self, *left_ms: int) -> None:
        self.left_ms = list(left_ms)

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms.pop(0) if len(self.left_ms) > 1 else self.left_ms[0]


def stored_states(platform: Platform) -> list[str]:
    """States as they are in the table, not as they read by the clock."""
    found = platform.deployment.directory._client().scan(TableName="keybound-directory")
    jobs = [item for item in found["Items"] if item["sk"]["S"].startswith("JOB#")]
    return sorted(item["state"]["S"] for item in jobs)


def test_it_closes_expired_jobs_and_only_those_and_running_it_again_changes_nothing(
    platform: Platform,
) -> None:
    binding = new_binding(platform)
    ended = binding.link()
    assert ended.complete().status == 200
    old = [binding.link() for _ in range(3)]
    platform.clock.advance(SEVEN_DAYS_S)
    young = binding.link()
    assert platform.run_scheduled("expiry_cleanup") == {
        "closed": 3,
        "passed_over": 0,
        "finished": True,
    }
    assert stored_states(platform) == ["COMPLETE", "EXPIRED", "EXPIRED", "EXPIRED", "LINK_SENT"]
    assert platform.run_scheduled("expiry_cleanup")["closed"] == 0
    assert [link.state() for link in old] == ["EXPIRED"] * 3
    assert young.complete().status == 200


def test_it_stops_when_its_time_is_nearly_over_and_goes_on_the_next_time(
    platform: Platform,
) -> None:
    binding = new_binding(platform)
    for _ in range(4):
        binding.link()
    platform.clock.advance(SEVEN_DAYS_S)
    first = lambda_handler({}, Context(*[60_000] * 6, 4_000))
    assert not first["finished"]
    second = lambda_handler({}, Context(60_000))
    assert second["finished"]
    assert first["closed"] + second["closed"] == 4
    assert lambda_handler({}, Context(4_000)) == {
        "closed": 0,
        "passed_over": 0,
        "finished": False,
    }


def test_two_runs_at_once_close_each_job_once(platform: Platform) -> None:
    binding = new_binding(platform)
    for _ in range(6):
        binding.link()
    platform.clock.advance(SEVEN_DAYS_S)
    results = at_once(2, lambda _: lambda_handler({}, Context(60_000)))
    assert sum(r["closed"] for r in results if isinstance(r, dict)) == 6


def test_a_run_whose_storage_fails_raises_so_that_the_scheduler_sees_it(
    platform: Platform,
) -> None:
    binding = new_binding(platform)
    binding.link()
    platform.clock.advance(SEVEN_DAYS_S)
    with fail_aws_call("UpdateItem", "after") as failed, pytest.raises(Unavailable):
        lambda_handler({}, Context(60_000))
    assert failed
    assert lambda_handler({}, Context(60_000))["finished"]
    assert "LINK_SENT" not in stored_states(platform)
