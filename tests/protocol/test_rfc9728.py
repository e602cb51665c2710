"""RFC 9728: the management API says of itself what a client must know before it has a token."""

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
