"""The room `authenticator_configs`: create, read, list, update, delete."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import (
    config_body,
    make_application,
    make_config,
    refused_fields,
    web_body,
)
from tests.support.platform import Platform

ROOT = "/authenticator-configs"


def rename(name: str) -> dict[str, Any]:
    return {"authenticator_config": {"display_name": name}}


def test_an_update_changes_what_it_names_and_nothing_else(platform: Platform) -> None:
    path = f"{ROOT}/{make_config(platform)}"
    before = platform.manage("GET", path).json()
    change = {"authenticator_config": {"config": {"invocation_type": "manual"}}}
    after = platform.manage("PATCH", path, change).json()
    before["config"]["invocation_type"] = "manual"
    assert after == before
    assert platform.manage("GET", path).json() == before


@pytest.mark.parametrize("content", [{}, {"config": {}}, {"id": "x", "tenant_id": "y", "z": 1}])
def test_an_update_without_members_changes_nothing(platform: Platform, content: Any) -> None:
    """N123, N124."""
    path = f"{ROOT}/{make_config(platform)}"
    before = platform.manage("GET", path).json()
    answer = platform.manage("PATCH", path, {"authenticator_config": content})
    assert answer.status == 200
    assert answer.json() == before


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"display_name": None}, "display_name"),
        ({"display_name": ""}, "display_name"),
        ({"config": None}, "config"),
        ({"config": {"invoke_url": None}}, "config.invoke_url"),
        ({"config": {"invoke_url": ""}}, "config.invoke_url"),
        ({"config": {"trusted_origins": None}}, "config.trusted_origins"),
        ({"config": {"type": "hosted_web"}}, "config.type"),
    ],
)
def test_a_bad_update_is_refused_by_member(platform: Platform, content: Any, field: str) -> None:
    """N118, N119, N124."""
    path = f"{ROOT}/{make_config(platform)}"
    before = platform.manage("GET", path).json()
    answer = platform.manage("PATCH", path, {"authenticator_config": content})
    assert refused_fields(answer) == [f"authenticator_config.{field}"]
    assert platform.manage("GET", path).json() == before


def test_missing_members_are_named(platform: Platform) -> None:
    """N118."""
    assert refused_fields(platform.manage("POST", ROOT, {})) == ["authenticator_config"]
    answer = platform.manage("POST", ROOT, {"authenticator_config": {}})
    assert refused_fields(answer) == [
        "authenticator_config.display_name",
        "authenticator_config.config",
    ]
    answer = platform.manage("POST", ROOT, config_body(invoke_url=None))
    assert refused_fields(answer) == ["authenticator_config.config.invoke_url"]


def test_a_config_in_use_cannot_be_deleted(platform: Platform) -> None:
    """N129."""
    config_id = make_config(platform)
    application = make_application(platform, web_body(config_id))
    refused = platform.manage("DELETE", f"{ROOT}/{config_id}")
    assert refused.status == 409
    assert refused.json()["message"] == "an application uses this authenticator config"
    assert platform.manage("GET", f"{ROOT}/{config_id}").status == 200
    assert platform.manage("DELETE", f"/applications/{application['id']}").status == 200
    deleted = platform.manage("DELETE", f"{ROOT}/{config_id}")
    assert (deleted.status, deleted.body) == (200, b"")


def test_a_deleted_config_is_gone(platform: Platform) -> None:
    """N126."""
    path = f"{ROOT}/{make_config(platform)}"
    assert platform.manage("DELETE", path).status == 200
    for method in ("GET", "PATCH", "DELETE"):
        assert platform.manage(method, path, rename("x")).status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_malformed_and_foreign_ids_look_the_same(platform: Platform, method: str) -> None:
    """N125."""
    config_id = make_config(platform)
    other = platform.second_tenant()
    elsewhere = platform.create_realm(platform.management).id
    tenant = f"/v1/tenants/{platform.tenant_id}/realms"
    paths = [
        f"{tenant}/{elsewhere}{ROOT}/{config_id}",
        f"/v1/tenants/{other.tenant_id}/realms/{other.admin_realm_id}{ROOT}/{config_id}",
        f"{tenant}/{platform.realm_id}{ROOT}/{uuid4()}",
        f"{tenant}/{platform.realm_id}{ROOT}/{config_id.upper()}",
        f"{tenant}/{platform.realm_id}{ROOT}/{'0' * 2000}",
    ]
    for path in paths:
        answer = platform.manage(method, path, rename("x"))
        assert answer.status == 404, path
        content = answer.json()
        assert content["message"] == "authenticator config not found"
        assert content["details"][0].pop("id") == path.rsplit("/", 1)[1]
        assert content["details"] == [
            {
                "type": "ResourceInfo",
                "resource_type": "AuthenticatorConfig",
                "description": "not found",
            }
        ]
    assert platform.manage("GET", f"{ROOT}/{config_id}").status == 200


def test_another_tenants_good_token_sees_nothing(platform: Platform) -> None:
    path = f"{platform.realm_path}{ROOT}"
    config_id = make_config(platform)
    token = platform.management_token(client=platform.second_tenant())
    assert platform.call("GET", path, token=token).status == 404
    assert platform.call("POST", path, json=config_body(), token=token).status == 404
    assert platform.call("DELETE", f"{path}/{config_id}", token=token).status == 404


def test_collections_of_an_unknown_realm_do_not_exist(platform: Platform) -> None:
    path = f"/v1/tenants/{platform.tenant_id}/realms/{'0' * 16}{ROOT}"
    for answer in (platform.manage("GET", path), platform.manage("POST", path, config_body())):
        assert answer.status == 404
        assert answer.json()["message"] == "realm not found"


def test_each_verb_needs_its_own_scope(platform: Platform) -> None:
    path = f"{ROOT}/{make_config(platform)}"
    calls = {
        "authenticator-configs:create": ("POST", ROOT, config_body()),
        "authenticator-configs:read": ("GET", path, None),
        "authenticator-configs:update": ("PATCH", path, rename("x")),
        "authenticator-configs:delete": ("DELETE", path, None),
    }
    for needed, (method, target, body) in calls.items():
        others = [scope for scope in calls if scope != needed]
        answer = platform.manage(method, target, body, scopes=others)
        assert answer.status == 403, needed
        assert platform.call(method, platform.realm_path + target, json=body).status == 401


def test_methods_that_do_not_exist_are_405(platform: Platform) -> None:
    """N134."""
    assert platform.manage("PUT", ROOT, {}).headers["allow"] == "GET, POST, HEAD, OPTIONS"
    answer = platform.manage("POST", f"{ROOT}/{uuid4()}", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, PATCH, DELETE, HEAD, OPTIONS")


def test_pages_cover_the_list_once(platform: Platform) -> None:
    made = {make_config(platform) for _ in range(3)}
    seen: list[str] = []
    query = "?page_size=2"
    while query:
        page = platform.manage("GET", f"{ROOT}{query}").json()
        seen += [config["id"] for config in page["authenticator_configs"]]
        token = page.get("next_page_token")
        query = f"?page_token={token}" if token else ""
    assert len(seen) == len(set(seen)) == page["total_size"]
    assert made <= set(seen)


def test_of_deleting_a_config_and_beginning_to_use_it_one_loses(platform: Platform) -> None:
    """No application is ever left with a config that is gone."""

    def use(config_id: str) -> int:
        return platform.manage("POST", "/applications", web_body(config_id)).status

    def delete(config_id: str) -> int:
        return platform.manage("DELETE", f"{ROOT}/{config_id}").status

    with ThreadPoolExecutor(4) as pool:
        for _ in range(8):
            config_id = make_config(platform)
            runs = [pool.submit(job, config_id) for job in (use, delete, use, delete)]
            statuses = [run.result() for run in runs]
            gone = platform.manage("GET", f"{ROOT}/{config_id}").status == 404
            assert gone == (200 in statuses[1::2])
            assert gone != (200 in statuses[0::2]), statuses


@pytest.mark.parametrize(
    ("method", "operation"),
    [("POST", "TransactWriteItems"), ("PATCH", "UpdateItem"), ("DELETE", "DeleteItem")],
)
def test_a_failing_table_answers_503_and_changes_nothing(
    platform: Platform, method: str, operation: str
) -> None:
    path = f"{ROOT}/{make_config(platform)}"
    before = platform.manage("GET", ROOT).json()
    target = ROOT if method == "POST" else path
    body = config_body() if method == "POST" else rename("Lost")
    with fail_aws_call(operation, "before") as failed:
        answer = platform.manage(method, target, body)
    assert failed
    assert answer.status == 503
    assert answer.headers["retry-after"]
    assert platform.manage("GET", ROOT).json() == before
