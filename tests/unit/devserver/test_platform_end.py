"""A platform takes everything away with it: environment, clock, tables, what rooms remember."""

import os

from keybound.domain.clock import SystemClock

from functions import composition
from tests.support.platform import Platform


def test_a_second_platform_finds_nothing_of_the_first() -> None:
    before = dict(os.environ)
    first = Platform()
    token = first.management_token()
    assert first.manage("GET", f"/v1/tenants/{first.tenant_id}/realms").status == 200
    first.clock.advance(60)
    first.stop()
    assert dict(os.environ) == before
    assert SystemClock.offset_s == 0

    second = Platform()
    try:
        assert second.tenant_id != first.tenant_id
        foreign = second.call("GET", f"/v1/tenants/{first.tenant_id}/realms", token=token)
        assert foreign.status == 401
        assert (
            composition.directory().query_all("pk = :pk", {":pk": f"TENANT#{first.tenant_id}"})
            == []
        )
    finally:
        second.stop()
    assert dict(os.environ) == before
