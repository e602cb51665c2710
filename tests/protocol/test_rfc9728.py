"""RFC 9728: the management API says of itself what a client must know before it has a token."""

import re

import pytest
from keybound.domain.management_scopes import MANAGEMENT_SCOPES

from tests.support.aws_calls import count_aws_calls
from tests.support.platform import API_BASE_URL, Answer, Platform

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def read(platform: Platform, path: str, method: str = "GET") -> Answer:
    return platform.call(method, f"{API_BASE_URL}{path}")


def test_3_the_document_stands_where_the_resource_says(platform: Platform) -> None:
    """§3.1, §3.3: the well-known part is inserted, and `resource` is what it was derived from."""
    resource = f"{API_BASE_URL}/v1/tenants/{platform.tenant_id}"
    answer = read(platform, f"{WELL_KNOWN}/v1/tenants/{platform.tenant_id}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "resource": resource,
        "scopes_supported": list(MANAGEMENT_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Keybound management API",
    }


def test_the_resource_is_the_audience_of_good_tokens(platform: Platform) -> None:
    document = read(platform, f"{WELL_KNOWN}/v1/tenants/{platform.tenant_id}").json()
    assert document["resource"] == platform.management_claims()["aud"]


def test_it_looks_nothing_up_so_that_nothing_is_learned(platform: Platform) -> None:
    with count_aws_calls() as calls:
        unknown = read(platform, f"{WELL_KNOWN}/v1/tenants/0011223344556677")
    assert (unknown.status, calls) == (200, [])


@pytest.mark.parametrize(
    "path",
    [
        WELL_KNOWN,
        f"{WELL_KNOWN}/",
        f"{WELL_KNOWN}/v1/tenants",
        f"{WELL_KNOWN}/v1/tenants/x",
        f"{WELL_KNOWN}/v1/tenants/0011223344556677/realms",
    ],
)
def test_anything_else_is_not_found(platform: Platform, path: str) -> None:
    assert read(platform, path).status == 404


def test_head_and_other_methods(platform: Platform) -> None:
    path = f"{WELL_KNOWN}/v1/tenants/{platform.tenant_id}"
    head = read(platform, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    answer = read(platform, path, "POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


# --- §5.1: challenges


def test_5_1_every_challenge_of_the_management_api_leads_to_its_metadata(
    platform: Platform,
) -> None:
    path = f"{platform.realm_path}/applications"
    lesser = platform.management_token(scopes=["realms:read"])
    for token, status, begin in (
        (None, 401, "Bearer resource_metadata="),
        ("garbage", 401, 'Bearer error="invalid_token", '),
        (lesser, 403, 'Bearer error="insufficient_scope", '),
    ):
        answer = platform.call("GET", path, token=token)
        assert answer.status == status
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith(begin)
        (url,) = re.findall(r'resource_metadata="([^"]*)"', challenge)
        assert platform.call("GET", url).json()["resource"].endswith(platform.tenant_id)
        shown = [one for one in answer.json()["details"] if one["type"] == "Challenge"]
        assert shown[0]["www_authenticate"] == challenge


def test_5_1_nothing_that_a_caller_sent_gets_into_a_challenge(platform: Platform) -> None:
    answer = platform.call("GET", f"{API_BASE_URL}/v1/tenants/x%22,%20y=%22/realms")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_5_1_on_the_auth_host_challenges_speak_of_no_other_resource(platform: Platform) -> None:
    url = f"{platform.auth_base_url}{platform.realm_path}/introspect"
    headers = {"authorization": "Bearer garbage"}
    answer = platform.call("POST", url, form={"token": "x"}, headers=headers)
    assert answer.status == 401
    assert "resource_metadata" not in answer.headers["www-authenticate"]
