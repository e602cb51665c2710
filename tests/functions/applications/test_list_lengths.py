"""Lists of bodies are bounded before their members are compared with one another.

A body of 256 KiB holds 40,000 short members. To look for repeats among so many takes longer than a
function may run, and to refuse each by name makes an answer larger than a function may give.
"""

from typing import Any

import pytest

from tests.support.configuration_bodies import client_body, config_body, refused_fields
from tests.support.platform import Answer, Platform

MANY = [f"{number:x}" for number in range(25_000)]


def post(platform: Platform, server_id: str | None = None, **protocol: Any) -> Answer:
    body = client_body(**protocol)
    if server_id is not None:
        body["application"]["resource_server_id"] = server_id
    realm_id = platform.management.admin_realm_id if server_id else platform.realm_id
    path = f"/v1/tenants/{platform.tenant_id}/realms/{realm_id}/applications"
    return platform.manage("POST", path, body)


@pytest.mark.parametrize("member", ["grant_type", "allowed_scopes"])
def test_a_list_of_thousands_is_refused_once(platform: Platform, member: str) -> None:
    fields = refused_fields(post(platform, **{member: MANY}))
    assert fields.count(f"application.protocol_config.{member}") >= 1
    assert len(fields) <= 3


def test_thousands_of_scopes_of_a_resource_server_are_not_refused_one_by_one(
    platform: Platform,
) -> None:
    answer = post(platform, platform.management.resource_server_id, allowed_scopes=MANY)
    fields = refused_fields(answer)
    assert "application.protocol_config.allowed_scopes" in fields
    assert len(fields) < 300


def test_thousands_of_authentication_methods_are_refused_once(platform: Platform) -> None:
    methods = [{"type": name} for name in MANY[:8_000]]
    body = config_body(authentication_methods=methods)
    answer = platform.manage("POST", "/authenticator-configs", body)
    assert refused_fields(answer) == ["authenticator_config.config.authentication_methods"]
