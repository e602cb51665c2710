"""The room `identities`: a deletion whose storage fails at any of its calls."""

from typing import Any

import pytest
from keybound.storage import keys

from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.binding_steps import new_binding
from tests.support.platform import Answer, Platform


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_deletion_that_broke_off_anywhere_is_finished_by_sending_it_again(
    platform: Platform, moment: Moment
) -> None:
    """Each AWS call of a deletion fails once. The identity is there or gone, never half; what a
    gone one left behind is removed by the repeated call."""
    token = platform.management_token()
    binding = new_binding(platform)
    binding.bind()
    with count_aws_calls() as calls:
        assert delete(platform, token, binding.identity).status == 200
    assert [c.operation for c in calls].count("TransactWriteItems") == 2
    for which in range(1, len(calls) + 1):
        binding = new_binding(platform)
        binding.bind()
        with fail_aws_call(which, moment) as failed:
            answer = delete(platform, token, binding.identity)
        assert failed
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
        assert delete(platform, token, binding.identity).status in (200, 404)
        assert leftovers(platform, binding.identity) == []


def delete(platform: Platform, token: str, made: dict[str, Any]) -> Answer:
    url = f"{platform.realm_path}/identities/{made['id']}"
    return platform.call("DELETE", url, token=token)


def leftovers(platform: Platform, made: dict[str, Any]) -> list[str]:
    """Sort keys of what is stored in the identity's partition."""
    pk = keys.identity(platform.tenant_id, platform.realm_id, made["id"]).pk
    return [i["sk"] for i in platform.deployment.directory.query_all("pk = :pk", {":pk": pk})]
