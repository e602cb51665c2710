"""The room `applications`: create, read, list, update, delete."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from keybound.domain.secrets import secret_matches
from keybound.storage.keys import Key

from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import (
    client_body,
    make_application,
    make_config,
    refused_fields,
    web_body,
)
from tests.support.platform import Platform


def stored(platform: Platform, application_id: str) -> dict[str, Any] | None:
    key = Key(f"REALM#{platform.tenant_id}#{platform.realm_id}", f"APP#{application_id}")
    return platform.deployment.directory.get(key)


def rename(name: str) -> dict[str, Any]:
    return {"application": {"display_name": name}}


def test_the_secret_is_said_once_and_stored_only_as_a_hash(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """N132."""
    caplog.set_level(logging.INFO)
    made = make_application(platform, client_body())
    secret = made["protocol_config"].pop("client_secret")
    assert len(secret) == 64
    path = f"/applications/{made['id']}"
    read = platform.manage("GET", path)
    assert read.json() == made
    changed = platform.manage("PATCH", path, rename("Renamed"))
    listed = platform.manage("GET", "/applications")
    item = stored(platform, made["id"])
    assert item is not None
    assert secret_matches(secret, item["client_secret_hash"])
    assert secret not in str(item)
    logged = str([vars(record) for record in caplog.records])
    assert "'room': 'applications'" in logged
    for text in (read.text, changed.text, listed.text, logged):
        assert secret not in text
        assert "client_secret" not in text.replace("client_secret_basic", "")


def test_secrets_and_ids_are_never_the_same_twice(platform: Platform) -> None:
    made = [make_application(platform, client_body()) for _ in range(5)]
    for member in ("client_id", "client_secret"):
        assert len({each["protocol_config"][member] for each in made}) == 5


def test_an_update_changes_what_it_names_and_nothing_else(platform: Platform) -> None:
    made = make_application(platform, web_body(make_config(platform)))
    secret = made["protocol_config"].pop("client_secret")
    path = f"/applications/{made['id']}"
    body = {
        "application": {
            "protocol_config": {
                "redirect_uris": ["https://app.example.com/other"],
                "token_configuration": {"expires_after": 300},
            }
        }
    }
    answer = platform.manage("PATCH", path, body).json()
    made["protocol_config"]["redirect_uris"] = ["https://app.example.com/other"]
    made["protocol_config"]["token_configuration"]["expires_after"] = 300
    assert answer == made
    assert platform.manage("GET", path).json() == made
    item = stored(platform, made["id"])
    assert item is not None
    assert secret_matches(secret, item["client_secret_hash"])


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"protocol_config": {}},
        {"protocol_config": {"token_configuration": {}}},
        {"unknown": 1},
    ],
)
def test_an_update_without_members_changes_nothing(platform: Platform, content: Any) -> None:
    """N124."""
    made = make_application(platform, client_body())
    before = stored(platform, made["id"])
    answer = platform.manage("PATCH", f"/applications/{made['id']}", {"application": content})
    assert answer.status == 200
    assert stored(platform, made["id"]) == before


def test_read_only_members_of_an_update_are_ignored(platform: Platform) -> None:
    """N123."""
    made = make_application(platform, client_body())
    before = stored(platform, made["id"])
    content = {
        "id": str(uuid4()),
        "tenant_id": "0" * 16,
        "realm_id": "0" * 16,
        "is_managed": True,
        "protocol_config": {
            "client_id": "chosen",
            "client_secret": "chosen",
            "client_secret_hash": "chosen",
            "token_endpoint_auth_method": "none",
        },
    }
    answer = platform.manage("PATCH", f"/applications/{made['id']}", {"application": content})
    assert answer.status == 200
    assert stored(platform, made["id"]) == before


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"display_name": None}, "display_name"),
        ({"protocol_config": None}, "protocol_config"),
        ({"protocol_config": {"grant_type": None}}, "protocol_config.grant_type"),
        ({"protocol_config": {"type": None}}, "protocol_config.type"),
        ({"protocol_config": {"confidentiality": "public"}}, "protocol_config.confidentiality"),
    ],
)
def test_null_and_the_unchangeable_are_refused(
    platform: Platform, content: Any, field: str
) -> None:
    """N124."""
    made = make_application(platform, client_body())
    before = stored(platform, made["id"])
    answer = platform.manage("PATCH", f"/applications/{made['id']}", {"application": content})
    assert refused_fields(answer) == [f"application.{field}"]
    assert stored(platform, made["id"]) == before


def test_an_update_is_judged_as_a_whole(platform: Platform) -> None:
    made = make_application(platform, web_body(make_config(platform)))
    path = f"/applications/{made['id']}"
    for content, field in (
        ({"authenticator_config_id": None}, "authenticator_config_id"),
        ({"protocol_config": {"redirect_uris": []}}, "protocol_config.redirect_uris"),
        ({"protocol_config": {"grant_type": ["client_credentials"]}}, "protocol_config.grant_type"),
    ):
        answer = platform.manage("PATCH", path, {"application": content})
        assert refused_fields(answer) == [f"application.{field}"]


def test_an_emptied_list_is_empty_afterwards(platform: Platform) -> None:
    made = make_application(platform, client_body(redirect_uris=["https://a.example/"]))
    path = f"/applications/{made['id']}"
    body = {"application": {"protocol_config": {"redirect_uris": []}}}
    assert platform.manage("PATCH", path, body).status == 200
    assert platform.manage("GET", path).json()["protocol_config"]["redirect_uris"] == []


def test_a_deleted_application_is_gone(platform: Platform) -> None:
    """N126."""
    made = make_application(platform, client_body())
    path = f"/applications/{made['id']}"
    deleted = platform.manage("DELETE", path)
    assert (deleted.status, deleted.body) == (200, b"")
    for method in ("GET", "PATCH", "DELETE"):
        assert platform.manage(method, path, rename("x")).status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_malformed_and_foreign_ids_look_the_same(platform: Platform, method: str) -> None:
    """N125: of another realm and of another tenant too; only the id itself differs."""
    made = make_application(platform, client_body())["id"]
    other = platform.second_tenant()
    elsewhere = platform.create_realm(platform.management).id
    tenant = f"/v1/tenants/{platform.tenant_id}/realms"
    foreign = f"/v1/tenants/{other.tenant_id}/realms/{other.admin_realm_id}"
    paths = [
        f"{tenant}/{elsewhere}/applications/{made}",
        f"{tenant}/{'0' * 16}/applications/{made}",
        f"{tenant}/{'a' * 3000}/applications/{made}",
        f"{foreign}/applications/{made}",
        f"{tenant}/{platform.realm_id}/applications/{uuid4()}",
        f"{tenant}/{platform.realm_id}/applications/{made.upper()}",
        f"{tenant}/{platform.realm_id}/applications/{'a' * 2000}",
    ]
    for path in paths:
        answer = platform.manage(method, path, rename("x"))
        assert answer.status == 404, path
        assert answer.json() == {
            "code": "not_found",
            "message": "application not found",
            "details": [
                {
                    "type": "ResourceInfo",
                    "resource_type": "Application",
                    "id": path.rsplit("/", 1)[1],
                    "description": "not found",
                }
            ],
        }
    assert stored(platform, made) is not None


def test_another_tenants_good_token_sees_nothing(platform: Platform) -> None:
    made = make_application(platform, client_body())["id"]
    token = platform.management_token(client=platform.second_tenant())
    path = f"{platform.realm_path}/applications"
    assert platform.call("GET", f"{path}/{made}", token=token).status == 404
    assert platform.call("GET", path, token=token).status == 404
    assert platform.call("POST", path, json=client_body(), token=token).status == 404
    assert platform.call("DELETE", f"{path}/{made}", token=token).status == 404
    assert stored(platform, made) is not None


@pytest.mark.parametrize("realm_id", ["0" * 16, "x", "A" * 16])
def test_collections_of_an_unknown_realm_do_not_exist(platform: Platform, realm_id: str) -> None:
    path = f"/v1/tenants/{platform.tenant_id}/realms/{realm_id}/applications"
    for answer in (platform.manage("GET", path), platform.manage("POST", path, client_body())):
        assert answer.status == 404
        assert answer.json()["message"] == "realm not found"


def test_each_verb_needs_its_own_scope(platform: Platform) -> None:
    """T67: making clients takes a scope of its own."""
    path = f"/applications/{make_application(platform, client_body())['id']}"
    calls = {
        "applications:create": ("POST", "/applications", client_body()),
        "applications:read": ("GET", path, None),
        "applications:update": ("PATCH", path, rename("x")),
        "applications:delete": ("DELETE", path, None),
    }
    for needed, (method, target, body) in calls.items():
        others = [scope for scope in calls if scope != needed]
        answer = platform.manage(method, target, body, scopes=others)
        assert answer.status == 403, needed
        assert needed in answer.json()["message"]
        assert platform.call(method, platform.realm_path + target, json=body).status == 401


def test_methods_that_do_not_exist_are_405(platform: Platform) -> None:
    """N134."""
    answer = platform.manage("PUT", "/applications", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    answer = platform.manage("POST", f"/applications/{uuid4()}", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, PATCH, DELETE, HEAD, OPTIONS")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"application":1}', b"[" * 20_000, b"\xff"])
def test_a_damaged_body_is_refused_and_stores_nothing(platform: Platform, body: bytes) -> None:
    """N116; N117: the content type does not matter, the content does."""
    before = platform.manage("GET", "/applications").json()["total_size"]
    path = f"{platform.realm_path}/applications"
    answer = platform.call(
        "POST",
        path,
        body=body,
        token=platform.management_token(),
        headers={"content-type": "text/plain"},
    )
    assert answer.status in (400, 413)
    assert platform.manage("GET", "/applications").json()["total_size"] == before


def test_managed_applications_cannot_be_changed_or_deleted(platform: Platform) -> None:
    client = platform.management
    path = (
        f"/v1/tenants/{client.tenant_id}/realms/{client.admin_realm_id}"
        f"/applications/{client.application_id}"
    )
    before = platform.manage("GET", path).json()
    assert before["is_managed"] is True
    assert platform.manage("PATCH", path, rename("Mine")).status == 409
    assert platform.manage("DELETE", path).status == 409
    assert platform.manage("GET", path).json() == before


def test_pages_cover_the_list_once(platform: Platform) -> None:
    made = {make_application(platform, client_body())["id"] for _ in range(5)}
    seen: list[str] = []
    query = "?page_size=2"
    while query:
        page = platform.manage("GET", f"/applications{query}").json()
        seen += [application["id"] for application in page["applications"]]
        assert page["total_size"] >= 5
        token = page.get("next_page_token")
        query = f"?page_token={token}" if token else ""
    assert len(seen) == len(set(seen)) == page["total_size"]
    assert made <= set(seen)


def test_parallel_updates_never_lose_one_another(platform: Platform) -> None:
    """Each update that was answered 200 is in the result; the others were told to try again."""
    made = make_application(platform, web_body(make_config(platform)))
    path = f"/applications/{made['id']}"
    changes: dict[str, Any] = {
        "display_name": "Changed",
        "expires_after": 120,
        "token_signing_algorithm": "ES256",
        "subject_field": "username",
        "pkce": "s256",
        "redirect_uris": ["https://app.example.com/changed"],
    }

    def change(name: str) -> int:
        value = changes[name]
        if name == "display_name":
            content: dict[str, Any] = {name: value}
        elif name in ("pkce", "redirect_uris"):
            content = {"protocol_config": {name: value}}
        else:
            content = {"protocol_config": {"token_configuration": {name: value}}}
        return platform.manage("PATCH", path, {"application": content}).status

    with ThreadPoolExecutor(len(changes)) as pool:
        statuses = dict(zip(changes, pool.map(change, changes), strict=True))

    assert set(statuses.values()) <= {200, 409}
    after = platform.manage("GET", path).json()
    found = after["protocol_config"] | after["protocol_config"]["token_configuration"] | after
    for name, status in statuses.items():
        assert (found[name] == changes[name]) == (status == 200), name


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_a_creation_that_fails_answers_503_and_stores_nothing(
    platform: Platform, operation: str
) -> None:
    body = web_body(make_config(platform))
    before = platform.manage("GET", "/applications").json()["total_size"]
    token = platform.management_token()
    path = f"{platform.realm_path}/applications"
    with fail_aws_call(operation, "before") as failed:
        answer = platform.call("POST", path, json=body, token=token)
    assert failed
    assert answer.status == 503
    assert answer.json()["code"] == "service_unavailable"
    assert platform.manage("GET", "/applications").json()["total_size"] == before


@pytest.mark.parametrize(
    ("method", "operation"), [("PATCH", "UpdateItem"), ("DELETE", "DeleteItem")]
)
def test_a_change_that_fails_answers_503_and_changes_nothing(
    platform: Platform, method: str, operation: str
) -> None:
    made = make_application(platform, client_body())
    before = stored(platform, made["id"])
    path = f"/applications/{made['id']}"
    with fail_aws_call(operation, "before") as failed:
        answer = platform.manage(method, path, rename("Lost"))
    assert failed
    assert answer.status == 503
    assert stored(platform, made["id"]) == before


@pytest.mark.parametrize(("method", "status"), [("PATCH", 200), ("DELETE", 404)])
def test_a_change_whose_answer_was_lost_may_be_sent_again(
    platform: Platform, method: str, status: int
) -> None:
    made = make_application(platform, client_body())
    path = f"/applications/{made['id']}"
    operation = {"PATCH": "UpdateItem", "DELETE": "DeleteItem"}[method]
    with fail_aws_call(operation, "after") as failed:
        assert platform.manage(method, path, rename("Kept")).status == 503
    assert failed
    assert platform.manage(method, path, rename("Kept")).status == status
