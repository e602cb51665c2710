"""A list that knows no filter refuses one: to ignore it would show what was not asked for."""

import pytest

from tests.support.configuration_bodies import refused_fields
from tests.support.platform import Platform


@pytest.mark.parametrize(
    "path",
    [
        "/applications",
        "/authenticator-configs",
        "/resource-servers",
        "/groups",
        "/identities/-/credentials",
    ],
)
def test_a_filter_that_a_list_does_not_know_is_refused(platform: Platform, path: str) -> None:
    answer = platform.manage("GET", f'{path}?filter=state%20eq%20"REVOKED"')
    assert refused_fields(answer) == ["filter"]
    assert platform.manage("GET", f"{path}?filter=").status == 200
