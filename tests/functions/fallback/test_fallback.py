"""Paths that no route takes: one answer for all of them, in the management API's form."""

import pytest

from tests.support.platform import Platform

NOT_FOUND = {
    "code": "not_found",
    "message": "route not found",
    "details": [
        {"type": "ResourceInfo", "resource_type": "Route", "id": "", "description": "not found"}
    ],
}


@pytest.mark.parametrize("host", ["api", "auth"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//v1/tenants",
        "/v1",
        "/v1/tenants/",
        "/v2/tenants/0011223344556677/realms",
        "/v1/tenants//realms",
        "/v1/tenants/0011223344556677/realms/",
        "/v1/tenants/0011223344556677%2Frealms/x/y",
        "/V1/TENANTS/0011223344556677/REALMS",
        "/.env",
        "/_dev",
    ],
)
def test_an_unknown_path_is_not_found_whatever_the_method(
    platform: Platform, host: str, method: str, path: str
) -> None:
    answer = platform.call(method, path, host=host)
    assert answer.status == 404
    assert answer.json() == NOT_FOUND
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["api", "auth"])
def test_no_prefix_of_a_route_is_a_route(platform: Platform, host: str) -> None:
    from functions.manifest import ROOMS

    templates = {route for room in ROOMS if room.host == host for route in room.routes}
    for template in templates:
        cut = template.rpartition("/")[0]
        if cut and cut not in templates:
            path = cut.replace("{", "x").replace("}", "")
            assert platform.call("GET", path, host=host).json() == NOT_FOUND, path


def test_a_management_route_is_unknown_on_the_auth_host(platform: Platform) -> None:
    path = f"{platform.realm_path}/identities"
    assert platform.call("GET", path, host="auth").json() == NOT_FOUND


def test_an_auth_route_is_unknown_on_the_api_host(platform: Platform) -> None:
    path = f"{platform.realm_path}/applications/x/authorize"
    assert platform.call("GET", path, host="api").json() == NOT_FOUND


def test_a_damaged_or_large_body_changes_nothing(platform: Platform) -> None:
    answer = platform.call("POST", "/x", body=b"\xff" * 1_000_000)
    assert (answer.status, answer.json()) == (404, NOT_FOUND)
