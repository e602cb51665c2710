"""The scheduled room `expiry_cleanup`."""

import json

import pytest
from keybound.domain.errors import Unavailable

from functions.expiry_cleanup.handler import lambda_handler
from infra.components import log_signals
from tests.infra.filter_patterns import matches
from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, fail_aws_call
from tests.support.binding_steps import new_binding
from tests.support.log_lines import captured_log
from tests.support.platform import Platform

SEVEN_DAYS_S = 7 * 24 * 3600
NINETY_DAYS_S = 90 * 24 * 3600
DONE = {
    "closed": 0,
    "removed": 0,
    "passed_over": 0,
    "left": 0,
    "failed": 0,
    "lag_s": 0,
    "finished": True,
}


@pytest.fixture(autouse=True)
def nothing_is_left_of_other_tests(platform: Platform) -> None:
    platform.clock.advance(2 * NINETY_DAYS_S)
    platform.run_scheduled("expiry_cleanup")
    assert platform.run_scheduled("expiry_cleanup") == DONE
    assert stored_states(platform) == []
    platform.clock.reset()


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
    assert platform.run_scheduled("expiry_cleanup") == DONE | {"closed": 3}
    assert stored_states(platform) == ["COMPLETE", "EXPIRED", "EXPIRED", "EXPIRED", "LINK_SENT"]
    assert platform.run_scheduled("expiry_cleanup")["closed"] == 0
    assert [link.state() for link in old] == ["EXPIRED"] * 3
    assert young.complete().status == 200


def test_jobs_are_kept_for_ninety_days_after_they_ended_and_then_removed_with_their_count(
    platform: Platform,
) -> None:
    binding = new_binding(platform)
    bound, revoked, expired = (binding.link() for _ in range(3))
    assert bound.complete().status == 200
    assert platform.manage("POST", f"{revoked.managed}:revoke").status == 200
    listed = f"{binding.managed}/credential-binding-jobs"
    platform.clock.advance(SEVEN_DAYS_S)
    assert platform.run_scheduled("expiry_cleanup") == DONE | {"closed": 1}
    platform.clock.advance(NINETY_DAYS_S - SEVEN_DAYS_S - 1)
    assert platform.run_scheduled("expiry_cleanup") == DONE
    assert platform.manage("GET", listed).json()["total_size"] == 3
    platform.clock.advance(1)
    assert platform.run_scheduled("expiry_cleanup") == DONE | {"removed": 2}
    assert expired.state() == "EXPIRED"
    platform.clock.advance(SEVEN_DAYS_S)
    assert platform.run_scheduled("expiry_cleanup") == DONE | {"removed": 1}
    assert platform.manage("GET", listed).json()["total_size"] == 0
    everywhere = platform.manage("GET", "/identities/-/credential-binding-jobs")
    assert everywhere.json()["total_size"] == 0
    assert [link.follow().status for link in (bound, revoked, expired)] == [404] * 3
    assert len(binding.credentials()) == 1


def test_a_run_without_time_changes_nothing_and_tells_what_waits(platform: Platform) -> None:
    binding = new_binding(platform)
    for _ in range(4):
        binding.link()
    platform.clock.advance(SEVEN_DAYS_S + 500)
    none_left = lambda_handler({}, Context(9_000))
    assert none_left == DONE | {"lag_s": 500, "finished": False}
    # time for the first page, and then for two of its calls and no more
    first = lambda_handler({}, Context(*[60_000] * 3, 9_000))
    assert not first["finished"]
    assert first["lag_s"] == 500
    assert first["closed"] < 4
    second = lambda_handler({}, Context(60_000))
    assert second == DONE | {"closed": 4 - first["closed"]}


def test_two_runs_at_once_close_and_remove_each_job_once(platform: Platform) -> None:
    binding = new_binding(platform)
    for _ in range(6):
        binding.link()
    for kind, later in (("closed", SEVEN_DAYS_S), ("removed", NINETY_DAYS_S)):
        platform.clock.advance(later)
        results = at_once(2, lambda _: lambda_handler({}, Context(60_000)))
        assert sum(r[kind] for r in results if isinstance(r, dict)) == 6
    everywhere = platform.manage("GET", "/identities/-/credential-binding-jobs")
    assert everywhere.json()["total_size"] == 0


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("which", ["Query", "UpdateItem", "TransactWriteItems"])
def test_a_run_whose_storage_fails_does_the_rest_and_then_raises(
    platform: Platform, which: str, moment: Moment
) -> None:
    """The scheduler sees it, and the next run makes up for it, each job once."""
    binding = new_binding(platform)
    for _ in range(3):
        binding.link()
    platform.clock.advance(SEVEN_DAYS_S)
    kind = "closed"
    if which == "TransactWriteItems":
        assert lambda_handler({}, Context(60_000))["closed"] == 3
        platform.clock.advance(NINETY_DAYS_S)
        kind = "removed"
    with (
        captured_log() as lines,
        fail_aws_call(which, moment) as failed,
        pytest.raises(Unavailable),
    ):
        lambda_handler({}, Context(60_000))
    told = json.loads(lines[-1])
    assert len(failed) == 1
    # a transaction holds the jobs of a realm and shard, and its count
    jobs = len(failed[0].params.get("TransactItems", "..")) - 1
    assert (told["level"], told["failed"], told["finished"]) == ("ERROR", jobs, False)
    again = lambda_handler({}, Context(60_000))
    done_unheard = jobs if moment == "after" and which != "Query" else 0
    assert told[kind] + again[kind] + done_unheard == 3
    assert again["finished"]
    assert "LINK_SENT" not in stored_states(platform)
    assert lambda_handler({}, Context(60_000)) == DONE


def test_what_a_run_does_stands_in_one_line_without_names_or_tokens(platform: Platform) -> None:
    link = new_binding(platform).link()
    platform.clock.advance(SEVEN_DAYS_S)
    with captured_log() as lines:
        platform.run_scheduled("expiry_cleanup")
    (line,) = lines
    assert json.loads(line).items() >= (DONE | {"closed": 1}).items()
    for signal in (log_signals.CLEANUP_LAG, *log_signals.COUNTED):
        assert matches(signal.pattern, line)
        assert isinstance(json.loads(line)[signal.value.removeprefix("$.")], int)
    assert link.token not in line
    assert link.job["id"] not in line
