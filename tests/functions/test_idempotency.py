"""`Idempotency-Key` on every creation of the management API, and on the rotation of secrets
(docs/adr/0032-*.md, docs/adr/0062-*.md)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.access_bodies import make_server, server_body
from tests.support.at_once import at_once
from tests.support.aws_calls import count_aws_calls, fail_aws_call
from tests.support.configuration_bodies import (
    client_body,
    config_body,
    make_application,
    make_config,
    refused_fields,
)
from tests.support.platform import Answer, Platform
from tests.support.table_state import stored

DAY_S = 24 * 3600
Case = tuple[str, dict[str, Any], dict[str, Any]]


def realm_case(platform: Platform) -> Case:
    path = f"/v1/tenants/{platform.tenant_id}/realms"
    body: dict[str, Any] = {"realm": {"display_name": "Shop"}}
    return path, body, {"realm": {"display_name": "Other"}}


def identity_body(name: str) -> dict[str, Any]:
    traits = {"type": "traits_v0", "username": name}
    return {"identity": {"display_name": "Ada", "traits": traits}}


def identity_case(platform: Platform) -> Case:
    name = f"ada{len(stored())}"
    return "/identities", identity_body(name), identity_body(f"{name}x")


def application_case(platform: Platform) -> Case:
    return "/applications", client_body(), client_body(pkce="s256")


def config_case(platform: Platform) -> Case:
    other = config_body(invocation_type="manual")
    return "/authenticator-configs", config_body(), other


def job_case(platform: Platform) -> Case:
    made = platform.manage("POST", "/identities", identity_body(f"bob{len(stored())}"))
    body = {"job": {"delivery_method": "RETURN", "authenticator_config_id": make_config(platform)}}
    uri = {"post_binding_redirect_uri": "https://app.example.com/done"}
    path = f"/identities/{made.json()['id']}/credential-binding-jobs"
    return path, body, {"job": {**body["job"], **uri}}


def server_case(platform: Platform) -> Case:
    host = f"https://api{len(stored())}.example.com"
    return "/resource-servers", server_body(identifier=host), server_body(identifier=f"{host}/x")


def group_case(_: Platform) -> Case:
    return "/groups", {"group": {"display_name": "Day"}}, {"group": {"display_name": "Night"}}


def role_case(platform: Platform) -> Case:
    server = make_server(platform, identifier=f"https://roles{len(stored())}.example.com")
    path = f"/resource-servers/{server['id']}/roles"
    return path, {"role": {"display_name": "Clerk"}}, {"role": {"display_name": "Driver"}}


def rotation_case(platform: Platform) -> Case:
    made = make_application(platform, client_body())
    return f"/applications/{made['id']}:rotateSecret", {"expires_in": 60}, {"expires_in": 0}


CASES: dict[str, Callable[[Platform], Case]] = {
    "realms": realm_case,
    "identities": identity_case,
    "applications": application_case,
    "authenticator-configs": config_case,
    "credential-binding-jobs": job_case,
    "resource-servers": server_case,
    "groups": group_case,
    "roles": role_case,
    "rotations": rotation_case,
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest, platform: Platform) -> Case:
    made: Case = request.param(platform)
    return made


@pytest.fixture
def key(request: pytest.FixtureRequest) -> Iterator[str]:
    yield f"key of {request.node.name}"[:255]


def post(platform: Platform, path: str, body: Any, key: str, token: str = "") -> Answer:
    if not path.startswith("/v1/"):
        path = platform.realm_path + path
    token = token or platform.management_token()
    return platform.call("POST", path, json=body, token=token, headers=[("Idempotency-Key", key)])


def tables() -> set[tuple[str, str, str]]:
    """Keys of all items but the shards of counts, which are drawn at random."""
    return {place for place in stored() if not place[1].startswith("COUNT#")}


def test_the_same_call_again_gets_the_same_answer_and_makes_nothing(
    platform: Platform, case: Case, key: str
) -> None:
    path, body, _ = case
    before = tables()
    first = post(platform, path, body, key)
    assert first.status == 200, first.text
    assert "idempotency-replayed" not in first.headers
    made = tables() - before
    platform.clock.advance(DAY_S - 1)
    again = post(platform, path, body, key)
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers.get("etag") == first.headers.get("etag")
    assert tables() - before == made
    platform.clock.reset()


def test_members_in_another_order_are_the_same_call(platform: Platform) -> None:
    body = {"realm": {"display_name": "Order", "classification": "SECURE_CUSTOMER"}}
    turned = {"realm": dict(reversed(body["realm"].items()))}
    path = f"/v1/tenants/{platform.tenant_id}/realms"
    assert json.dumps(body) != json.dumps(turned)
    first = post(platform, path, body, "order")
    assert post(platform, path, turned, "order").body == first.body


def test_another_body_under_the_same_key_is_409_and_changes_nothing(
    platform: Platform, case: Case, key: str
) -> None:
    path, body, other = case
    assert post(platform, path, body, key).status == 200
    before = stored()
    answer = post(platform, path, other, key)
    assert answer.status == 409
    assert answer.json()["code"] == "conflict"
    assert "idempotency key" in answer.json()["message"]
    assert stored() == before


def test_another_path_under_the_same_key_is_409(platform: Platform) -> None:
    assert post(platform, "/applications", client_body(), "path").status == 200
    elsewhere = platform.create_realm(platform.management)
    path = f"/v1/tenants/{platform.tenant_id}/realms/{elsewhere.id}/applications"
    assert post(platform, path, client_body(), "path").status == 409


def test_after_a_day_the_key_is_new(platform: Platform, key: str) -> None:
    first = post(platform, "/applications", client_body(), key)
    platform.clock.advance(DAY_S)
    second = post(platform, "/applications", client_body(), key)
    assert second.status == 200
    assert "idempotency-replayed" not in second.headers
    assert second.json()["id"] != first.json()["id"]
    assert post(platform, "/applications", client_body(), key).body == second.body
    platform.clock.reset()


def test_secrets_are_said_again_and_stored_nowhere(platform: Platform, key: str) -> None:
    """Neither table holds the client secret or a link's token, also not in a kept answer."""
    made = post(platform, "/applications", client_body(), key)
    secret = made.json()["protocol_config"]["client_secret"]
    path, body, _ = job_case(platform)
    link = post(platform, path, body, f"{key} 2").json()["credential_binding_link"]
    token = link.partition("token=")[2]
    assert len(secret) == len(token) == 64
    everything = repr(stored())
    assert secret not in everything
    assert token not in everything
    again = post(platform, "/applications", client_body(), key).json()
    assert again["protocol_config"]["client_secret"] == secret
    assert post(platform, path, body, f"{key} 2").json()["credential_binding_link"] == link


def test_a_link_that_was_revoked_is_said_again_and_opens_nothing(platform: Platform) -> None:
    path, body, _ = job_case(platform)
    made = post(platform, path, body, "revoked").json()
    job = made["credential_binding_job"]["id"]
    assert platform.manage("POST", f"{path}/{job}:revoke", {}).status == 200
    again = post(platform, path, body, "revoked").json()
    assert again == made
    opened = platform.call("GET", again["credential_binding_link"], host="auth")
    assert opened.status == 410


def test_what_was_deleted_is_not_made_again(platform: Platform, key: str) -> None:
    made = post(platform, "/applications", client_body(), key)
    path = f"/applications/{made.json()['id']}"
    assert platform.manage("DELETE", path).status == 200
    assert post(platform, "/applications", client_body(), key).body == made.body
    assert platform.manage("GET", path).status == 404


def test_a_refusal_is_not_remembered(platform: Platform, key: str) -> None:
    refused = client_body(grant_type=[])
    assert refused_fields(post(platform, "/applications", refused, key))
    assert post(platform, "/applications", client_body(), key).status == 200
    taken = identity_body("taken")
    assert platform.manage("POST", "/identities", taken).status == 200
    assert post(platform, "/identities", taken, f"{key} 2").status == 409
    free = post(platform, "/identities", identity_body("free"), f"{key} 2")
    assert free.status == 200


@pytest.mark.parametrize("bad", ["", " ", "x" * 256, "\u00e9", "a\tb", "a\x7f"])
def test_a_malformed_key_is_400_and_changes_nothing(platform: Platform, bad: str) -> None:
    before = stored()
    answer = post(platform, "/applications", client_body(), bad)
    assert refused_fields(answer) == ["Idempotency-Key"]
    assert stored() == before


@pytest.mark.parametrize("good", ["x", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a b"])
def test_keys_are_any_printable_text(platform: Platform, good: str) -> None:
    first = post(platform, "/applications", client_body(), good)
    assert first.status == 200
    assert post(platform, "/applications", client_body(), good).body == first.body


def test_without_the_scope_a_kept_answer_is_not_shown(platform: Platform, key: str) -> None:
    assert post(platform, "/applications", client_body(), key).status == 200
    lesser = platform.management_token(["applications:read"])
    assert post(platform, "/applications", client_body(), key, lesser).status == 403
    assert post(platform, "/applications", client_body(), key, "x").status == 401


def test_a_key_is_its_callers_own(platform: Platform, key: str) -> None:
    """Another client of the tenant, and another tenant, neither see nor disturb the answer."""
    first = post(platform, "/applications", client_body(), key)
    admin = f"/v1/tenants/{platform.tenant_id}/realms/{platform.management.admin_realm_id}"
    applications = platform.manage("GET", f"{admin}/applications").json()["applications"]
    server = next(a["resource_server_id"] for a in applications if a["is_managed"])
    body = client_body(allowed_scopes=["applications:create"])
    body["application"]["resource_server_id"] = server
    client = platform.manage("POST", f"{admin}/applications", body).json()
    claims = platform.management_claims() | {
        "iss": f"{platform.auth_base_url}{admin}/applications/{client['id']}",
        "sub": client["protocol_config"]["client_id"],
        "scope": "applications:create",
    }
    theirs = post(platform, "/applications", client_body(), key, platform.sign(claims))
    assert theirs.status == 200, theirs.text
    assert theirs.json()["id"] != first.json()["id"]
    other = platform.second_tenant()
    path = f"/v1/tenants/{other.tenant_id}/realms"
    token = platform.management_token(client=other)
    assert post(platform, path, {"realm": {"display_name": "x"}}, key, token).status == 200
    assert post(platform, "/applications", client_body(), key).body == first.body


def test_a_creation_that_failed_may_be_sent_again(platform: Platform, case: Case, key: str) -> None:
    path, body, _ = case
    before = tables()
    with fail_aws_call("TransactWriteItems", "before") as failed:
        assert post(platform, path, body, key).status == 503
    assert failed
    assert tables() == before
    assert post(platform, path, body, key).status == 200


def test_an_answer_that_was_lost_is_found_again(platform: Platform, case: Case, key: str) -> None:
    """The transaction held, and nobody heard so: the caller gets the answer all the same."""
    path, body, _ = case
    before = tables()
    with fail_aws_call("TransactWriteItems", "after") as failed:
        first = post(platform, path, body, key)
    assert failed
    assert first.status == 200, first.text
    made = tables() - before
    assert post(platform, path, body, key).body == first.body
    assert tables() - before == made


def test_of_equal_calls_at_once_one_creates(platform: Platform, case: Case, key: str) -> None:
    path, body, _ = case
    before, token = tables(), platform.management_token()
    first, *others = at_once(6, lambda _: post(platform, path, body, key, token))
    assert isinstance(first, Answer)
    assert first.status == 200, first.text
    for other in others:
        assert isinstance(other, Answer)
        assert (other.status, other.body) == (200, first.body)
    made = [sk for _, _, sk in tables() - before if not sk.startswith("MINUTE#")]
    assert made.count("IDEMPOTENCY") == 1
    claims_a_name = path in ("/identities", "/resource-servers")
    changes = path.endswith(":rotateSecret")
    assert len(made) == (1 if changes else 3 if claims_a_name else 2)


def test_a_key_costs_one_read_and_no_write_more(platform: Platform, case: Case, key: str) -> None:
    path, body, other = case
    token = platform.management_token()
    assert post(platform, path, body, f"{key} warm"[-255:], token).status == 200
    with count_aws_calls() as calls:
        assert post(platform, path, other, key, token).status == 200
    operations = [call.operation for call in calls]
    assert operations.count("TransactWriteItems") == 1
    # The caller's own token is looked up there too, among those that were ended.
    grants = [
        c
        for c in calls
        if "grants" in str(c.params.get("TableName", "")) and "DENIED#" not in str(c.params["Key"])
    ]
    assert [call.operation for call in grants] == ["GetItem"]
    assert grants[0].params["ConsistentRead"] is True
    with count_aws_calls() as replayed:
        assert post(platform, path, other, key, token).status == 200
    writes = [c for c in replayed if c.operation not in ("GetItem", "BatchGetItem", "Query")]
    assert [c for c in writes if c.service == "dynamodb"] == []
