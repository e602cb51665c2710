"""`POST ~/identities:batchDelete`: all of them or none, and nothing else on that route."""

from collections import Counter
from typing import Any

import pytest
from keybound.directory.identity_batches import AT_ONCE, LONGEST_S, MAX_TOGETHER
from keybound.edge import aws
from keybound.storage.identity_remains import BATCH

from tests.support.at_once import at_once
from tests.support.aws_calls import Moment, count_aws_calls, fail_aws_call
from tests.support.binding_steps import identity_body, new_binding
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Answer, Platform


def made(platform: Platform, count: int) -> list[str]:
    answers = [platform.manage("POST", "/identities", identity_body()) for _ in range(count)]
    return [str(answer.json()["id"]) for answer in answers]


def delete(platform: Platform, ids: Any) -> Answer:
    return platform.manage("POST", "/identities:batchDelete", {"ids": ids})


def there(platform: Platform, ids: list[str]) -> list[bool]:
    return [platform.manage("GET", f"/identities/{each}").status == 200 for each in ids]


def test_more_than_one_transaction_of_identities_is_deleted_with_all_they_had(
    platform: Platform,
) -> None:
    """N130: passkeys and jobs go with them, and all counts are right."""
    binding = new_binding(platform)
    binding.bind()
    open_job = binding.link()
    ids = [binding.identity["id"], *made(platform, 22)]
    before = platform.manage("GET", "/identities").json()["total_size"]
    answer = delete(platform, ids)
    assert (answer.status, answer.text) == (200, "")
    assert platform.manage("GET", "/identities").json()["total_size"] == before - 23
    assert there(platform, ids[:2]) == [False, False]
    assert platform.manage("GET", "/identities/-/credentials").json()["total_size"] == 0
    assert platform.manage("GET", "/identities/-/credential-binding-jobs").json()["total_size"] == 0
    assert open_job.begin().status == 404
    name = binding.identity["traits"]["username"]
    assert platform.manage("POST", "/identities", identity_body(name)).status == 200


def test_one_that_does_not_exist_keeps_all_the_others(platform: Platform) -> None:
    ids = made(platform, 2)
    elsewhere = platform.create_realm(platform.management, "Elsewhere").id
    path = f"/v1/tenants/{platform.tenant_id}/realms/{elsewhere}/identities"
    foreign = platform.manage("POST", path, identity_body()).json()["id"]
    answer = delete(platform, [ids[0], "0" * 16, foreign, "no id", ids[1]])
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["details"] == [
        {
            "type": "BatchOperationErrors",
            "description": "nothing was changed",
            "errors": [
                {
                    "ResourceType": "Identity",
                    "IDs": ["0" * 16, foreign, "no id"],
                    "Description": "not found",
                }
            ],
        }
    ]
    assert there(platform, ids) == [True, True]


@pytest.mark.parametrize(
    ("ids", "field"),
    [
        ([], "ids"),
        (["0" * 16] * 2, "ids"),
        ([f"{n:016x}" for n in range(1001)], "ids"),
        ("0" * 16, "ids"),
        ([7], "ids[0]"),
        ([None], "ids[0]"),
        (["x" * 65], "ids[0]"),
    ],
)
def test_a_list_of_another_form_is_refused(platform: Platform, ids: Any, field: str) -> None:
    """N118."""
    assert refused_fields(delete(platform, ids)) == [field]


@pytest.mark.parametrize("body", ["", "[]", "{", "{}", '{"identity": {"ids": []}}'])
def test_a_body_of_another_form_is_refused(platform: Platform, body: str) -> None:
    """N116."""
    path = f"{platform.realm_path}/identities:batchDelete"
    answer = platform.call("POST", path, body=body, token=platform.management_token())
    assert answer.status == 400


def test_only_a_token_with_the_scope_of_this_tenant_may(platform: Platform) -> None:
    ids = made(platform, 1)
    path = f"{platform.realm_path}/identities:batchDelete"
    assert platform.call("POST", path, json={"ids": ids}).status == 401
    others = ["identities:read", "identities:update", "identities:create"]
    assert platform.manage("POST", path, {"ids": ids}, scopes=others).status == 403
    stranger = platform.management_token(client=platform.second_tenant())
    assert platform.call("POST", path, json={"ids": ids}, token=stranger).status == 404
    assert there(platform, ids) == [True]


def test_nothing_else_slips_through_the_route_of_collections(platform: Platform) -> None:
    """The path has a variable there, and what has no route must look as everywhere else."""
    token = platform.management_token()
    nowhere = platform.call("POST", "/v1/nowhere", json={}, token=token)
    for odd in (
        "identities:batchdelete",
        "identities:batchDelete:batchDelete",
        "identities:",
        ":batchDelete",
        "Identities:batchDelete",
        "groups:batchDelete",
        "identities%3AbatchDelete%00",
        "anything",
        "identities:list",
    ):
        for method in ("GET", "POST", "DELETE"):
            answer = platform.call(method, f"{platform.realm_path}/{odd}", json={}, token=token)
            assert (answer.status, answer.body) == (404, nowhere.body), odd
    got = platform.call("GET", f"{platform.realm_path}/identities:batchDelete", token=token)
    assert (got.status, got.headers["allow"]) == (405, "POST, OPTIONS")


def test_two_batches_at_once_delete_each_identity_once(platform: Platform) -> None:
    ids = made(platform, 4)
    before = platform.manage("GET", "/identities").json()["total_size"]
    answers = at_once(2, lambda _: delete(platform, ids))
    statuses = {answer.status for answer in answers if isinstance(answer, Answer)}
    assert 200 in statuses
    assert statuses <= {200, 404}
    assert there(platform, ids) == [False] * 4
    assert platform.manage("GET", "/identities").json()["total_size"] == before - 4


def test_a_batch_takes_few_calls_and_the_thousand_fits_into_the_gateways_29_seconds(
    platform: Platform,
) -> None:
    """One batch of reads per 100, one transaction per 16, then for each identity two queries and a
    transaction, eight identities at a time (tests/unit/directory/test_identity_batches.py)."""
    binding, ids = new_binding(platform), made(platform, 17)
    for each in ids:
        job = {"delivery_method": "RETURN", "authenticator_config_id": binding.config_id}
        path = f"/identities/{each}/credential-binding-jobs"
        assert platform.manage("POST", path, {"job": job}).status == 200
    token, path = platform.management_token(), f"{platform.realm_path}/identities:batchDelete"
    with count_aws_calls() as calls:
        assert platform.call("POST", path, json={"ids": ids}, token=token).status == 200
    found = Counter((call.operation, call.params.get("Limit")) for call in calls)
    reads = [call.params["RequestItems"] for call in calls if call.operation == "BatchGetItem"]
    asked = [len(table["Keys"]) for each in reads for table in each.values()]
    assert asked.count(len(ids)) == 1
    assert found["TransactWriteItems", None] == 2 + len(ids)
    assert found["Query", BATCH] == 2 * len(ids)
    rounds = 1000 / 100 + 1000 / MAX_TOGETHER + 3 * 1000 / AT_ONCE
    assert rounds * 0.025 < LONGEST_S


def test_a_batch_that_takes_too_long_is_503_in_time_and_the_repeat_clears_on(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway's 504 would leave open what was done."""
    ids, client = made(platform, 2 * AT_ONCE + 1), aws.dynamodb()
    token, path = platform.management_token(), f"{platform.realm_path}/identities:batchDelete"
    query = client.query

    def slow(**members: Any) -> Any:
        platform.clock.advance(LONGEST_S)
        return query(**members)

    with monkeypatch.context() as slowly:
        slowly.setattr(client, "query", slow)
        answer = platform.call("POST", path, json={"ids": ids}, token=token)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    platform.clock.reset()
    with count_aws_calls() as calls:
        again = platform.call("POST", path, json={"ids": ids}, token=token)
    assert again.json()["details"][0]["errors"][0]["IDs"] == ids
    assert sum(call.params.get("Limit") == BATCH for call in calls) == len(ids)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_batch_that_breaks_off_is_503_and_the_repeat_says_what_is_left(
    platform: Platform, moment: Moment
) -> None:
    ids, token = made(platform, 2), platform.management_token()
    path = f"{platform.realm_path}/identities:batchDelete"
    with fail_aws_call("TransactWriteItems", moment) as failed:
        assert platform.call("POST", path, json={"ids": ids}, token=token).status == 503
    assert failed
    again = platform.call("POST", path, json={"ids": ids}, token=token)
    if moment == "before":
        assert again.status == 200
    else:
        assert again.json()["details"][0]["errors"][0]["IDs"] == ids
    assert there(platform, ids) == [False, False]
