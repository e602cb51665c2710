"""The room `realms`: create, read, list."""

import pytest

from tests.support.aws_calls import fail_aws_call
from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Platform


def realms(platform: Platform) -> str:
    return f"/v1/tenants/{platform.tenant_id}/realms"


def create(platform: Platform, name: str = "Shop") -> dict[str, str]:
    answer = platform.manage("POST", realms(platform), {"realm": {"display_name": name}})
    assert answer.status == 200
    made: dict[str, str] = answer.json()
    return made


def test_a_realm_is_created_bare_and_read_back(platform: Platform) -> None:
    made = create(platform)
    assert made.keys() == {
        "id",
        "tenant_id",
        "display_name",
        "classification",
        "create_time",
        "update_time",
    }
    assert len(made["id"]) == 16
    assert made["tenant_id"] == platform.tenant_id
    assert made["classification"] == "SECURE_CUSTOMER"
    assert made["create_time"].endswith("Z")
    assert platform.manage("GET", f"{realms(platform)}/{made['id']}").json() == made


def test_a_classification_may_be_chosen_and_no_other_invented(platform: Platform) -> None:
    body = {"realm": {"display_name": "Staff", "classification": "SECURE_WORKFORCE"}}
    made = platform.manage("POST", realms(platform), body).json()
    assert made["classification"] == "SECURE_WORKFORCE"
    body["realm"]["classification"] = "TOP"
    answer = platform.manage("POST", realms(platform), body)
    assert refused_fields(answer) == ["realm.classification"]


def test_read_only_members_cannot_be_set(platform: Platform) -> None:
    """N123: a realm cannot make itself the admin realm, nor another tenant's."""
    body = {
        "realm": {
            "display_name": "Sly",
            "id": "0" * 16,
            "tenant_id": "1" * 16,
            "is_admin": True,
            "create_time": "1970-01-01T00:00:00Z",
        }
    }
    made = platform.manage("POST", realms(platform), body).json()
    assert made["id"] != "0" * 16
    assert made["tenant_id"] == platform.tenant_id
    assert not made["create_time"].startswith("1970")
    token = platform.management_claims() | {
        "iss": f"{platform.auth_base_url}{realms(platform)}/{made['id']}/applications/{'0' * 36}"
    }
    refused = platform.call("GET", realms(platform), token=platform.sign(token))
    assert refused.status == 401


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "realm"),
        ({"display_name": "x"}, "realm"),
        ({"realm": {}}, "realm.display_name"),
        ({"realm": {"display_name": ""}}, "realm.display_name"),
        ({"realm": {"display_name": "x" * 65}}, "realm.display_name"),
        ({"realm": {"display_name": "a<b"}}, "realm.display_name"),
        ({"realm": {"display_name": None}}, "realm.display_name"),
    ],
)
def test_a_bad_body_is_refused_by_member(platform: Platform, content: object, field: str) -> None:
    """N118, N119."""
    assert refused_fields(platform.manage("POST", realms(platform), content)) == [field]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_method_that_does_not_exist_is_405_with_allow(platform: Platform, method: str) -> None:
    """N134."""
    answer = platform.manage(method, f"{realms(platform)}/{platform.realm_id}", {})
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.parametrize("realm_id", ["0" * 16, "x", "A" * 16, "a" * 2000, "%23", "-"])
def test_a_realm_that_does_not_exist_is_404(platform: Platform, realm_id: str) -> None:
    """N125: malformed ids are unknown ids."""
    answer = platform.manage("GET", f"{realms(platform)}/{realm_id}")
    assert answer.status == 404
    assert answer.json()["message"] == "realm not found"


def test_another_tenants_realm_does_not_exist(platform: Platform) -> None:
    """N125: in the own tenant's path, and in the other's with a good token of one's own."""
    other = platform.second_tenant()
    foreign = f"/v1/tenants/{other.tenant_id}/realms"
    unknown = platform.manage("GET", f"{realms(platform)}/{other.admin_realm_id}")
    elsewhere = platform.manage("GET", f"{foreign}/{other.admin_realm_id}")
    assert (unknown.status, elsewhere.status) == (404, 404)
    assert unknown.body == elsewhere.body
    assert platform.manage("POST", foreign, {"realm": {"display_name": "x"}}).status == 404
    assert platform.manage("GET", foreign).status == 404
    token = platform.management_token(client=other)
    listed = platform.call("GET", foreign, token=token).json()
    assert [realm["id"] for realm in listed["realms"]] == [other.admin_realm_id]


def test_each_verb_needs_its_own_scope(platform: Platform) -> None:
    path = realms(platform)
    body = {"realm": {"display_name": "x"}}
    assert platform.manage("POST", path, body, scopes=["realms:read"]).status == 403
    assert platform.manage("GET", path, scopes=["realms:create"]).status == 403
    one = f"{path}/{platform.realm_id}"
    assert platform.manage("GET", one, scopes=["realms:create"]).status == 403
    assert platform.call("GET", path).status == 401


def test_pages_cover_the_list_once(platform: Platform) -> None:
    for number in range(5):
        create(platform, f"Realm {number}")
    path = realms(platform)
    whole = platform.manage("GET", path).json()
    assert whole["total_size"] == len(whole["realms"]) >= 6
    assert "next_page_token" not in whole
    seen, token = [], ""
    while True:
        query = f"?page_size=2&page_token={token}" if token else "?page_size=2"
        page = platform.manage("GET", path + query).json()
        assert page["total_size"] == whole["total_size"]
        seen += page["realms"]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert seen == whole["realms"]
    skipped = platform.manage("GET", f"{path}?skip=4").json()["realms"]
    assert skipped == whole["realms"][4:]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=-1", "page_size"),
        ("page_size=x", "page_size"),
        ("page_size=1&page_size=2", "page_size"),
        ("skip=1.5", "skip"),
        ("page_token=abc", "page_token"),
        ("filter=x", "filter"),
    ],
)
def test_bad_page_parameters_are_refused(platform: Platform, query: str, field: str) -> None:
    answer = platform.manage("GET", f"{realms(platform)}?{query}")
    assert refused_fields(answer) == [field]


def test_a_page_token_of_another_list_is_refused(platform: Platform) -> None:
    create(platform)
    token = platform.manage("GET", f"{realms(platform)}?page_size=1").json()["next_page_token"]
    answer = platform.manage("GET", f"/applications?page_token={token}")
    assert refused_fields(answer) == ["page_token"]


def test_a_failing_table_answers_503_and_stores_nothing(platform: Platform) -> None:
    before = platform.manage("GET", realms(platform)).json()["total_size"]
    with fail_aws_call("PutItem", "before") as failed:
        answer = platform.manage("POST", realms(platform), {"realm": {"display_name": "Lost"}})
    assert failed
    assert answer.status == 503
    assert answer.headers["retry-after"]
    assert platform.manage("GET", realms(platform)).json()["total_size"] == before
