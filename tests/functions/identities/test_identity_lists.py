"""The room `identities`: pages, totals, and the one filter."""

from typing import Any
from urllib.parse import quote

import pytest
from keybound.storage.identities import Identities

from functions import composition
from tests.support.aws_calls import count_aws_calls
from tests.support.binding_steps import identity_body
from tests.support.configuration_bodies import refused_fields
from tests.support.directory_samples import impatient, new_identity
from tests.support.platform import Platform


@pytest.fixture(scope="module")
def made(platform: Platform) -> list[dict[str, Any]]:
    """Twenty-five identities, one second apart."""
    found = []
    for number in range(25):
        answer = platform.manage("POST", "/identities", identity_body(f"User{number}"))
        found.append(answer.json())
        platform.clock.advance(1)
    return found


def listed(platform: Platform, query: str) -> dict[str, Any]:
    answer = platform.manage("GET", f"/identities?{query}")
    assert answer.status == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_pages_follow_one_another_without_gap_or_repeat(
    platform: Platform, made: list[dict[str, Any]]
) -> None:
    seen, query = [], "page_size=10"
    for _ in range(3):
        page = listed(platform, query)
        assert page["total_size"] == 25
        seen += page["identities"]
        query = f"page_token={page.get('next_page_token', '')}"
    assert "next_page_token" not in page
    assert seen == made


def page_calls(platform: Platform, realm_id: str) -> list[list[tuple[Any, ...]]]:
    """Return the calls on the table of a first page of ten and of the next."""
    path = f"/v1/tenants/{platform.tenant_id}/realms/{realm_id}/identities"
    token, query, found = platform.management_token(), "page_size=10", []
    platform.call("GET", path, token=token)  # the room is warm
    for _ in range(2):
        with count_aws_calls() as calls:
            page = platform.call("GET", f"{path}?{query}", token=token).json()
        assert len(page["identities"]) == 10
        query = f"page_token={page['next_page_token']}"
        found.append(
            [(c.operation, c.params.get("IndexName"), c.params.get("Limit")) for c in calls]
        )
    return found


def test_a_page_costs_the_same_calls_and_items_however_many_identities_there_are(
    platform: Platform, made: list[dict[str, Any]]
) -> None:
    """One Query of the index, bounded by the page, and the counts: nothing grows with the realm."""
    large = platform.create_realm(platform.management, "Large")
    identities = Identities(composition.directory(), impatient())
    for number in range(150):
        identities.create(new_identity(f"u{number}", tenant_id=large.tenant_id, realm_id=large.id))
    few, many = page_calls(platform, platform.realm_id), page_calls(platform, large.id)
    assert many == few
    listing = [[limit for _, index, limit in page if index] for page in many]
    assert listing == [[11], [11]]  # the page, and one entry to know whether another follows
    assert {name for page in many for name, _, _ in page} <= {"Query", "GetItem", "BatchGetItem"}


def test_a_page_has_twenty_by_default_and_at_most_two_hundred(
    platform: Platform, made: list[dict[str, Any]]
) -> None:
    assert len(listed(platform, "")["identities"]) == 20
    assert len(listed(platform, "page_size=500")["identities"]) == 25
    assert len(listed(platform, "page_size=0")["identities"]) == 20


def test_skip_passes_over_the_first(platform: Platform, made: list[dict[str, Any]]) -> None:
    page = listed(platform, "skip=20&page_size=3")
    assert page["identities"] == made[20:23]
    assert listed(platform, "skip=25")["identities"] == []


def test_a_page_token_of_another_list_is_refused(
    platform: Platform, made: list[dict[str, Any]]
) -> None:
    token = listed(platform, "page_size=2")["next_page_token"]
    other = platform.create_realm(platform.management, "Elsewhere").id
    path = f"/v1/tenants/{platform.tenant_id}/realms/{other}/identities?page_token={token}"
    assert refused_fields(platform.manage("GET", path)) == ["page_token"]
    for broken in (token[:-2], token[::-1], "x", quote("é")):
        answer = platform.manage("GET", f"/identities?page_token={broken}")
        assert refused_fields(answer) == ["page_token"]


@pytest.mark.parametrize(
    "query", ["page_size=-1", "page_size=x", "skip=99999", "page_size=1&page_size=2", "skip=1.5"]
)
def test_page_parameters_that_are_no_numbers_are_refused(platform: Platform, query: str) -> None:
    answer = platform.manage("GET", f"/identities?{query}")
    assert refused_fields(answer) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    "expression",
    [
        'traits.username eq "user7"',
        'Traits.UserName EQ "USER7"',
        '  traits.username  eq  "us\\u0065r7" ',
    ],
)
def test_an_identity_is_found_by_its_username(
    platform: Platform, made: list[dict[str, Any]], expression: str
) -> None:
    page = listed(platform, f"filter={quote(expression)}")
    assert page == {"identities": [made[7]], "total_size": 1}


def test_a_username_nobody_has_finds_nothing(platform: Platform) -> None:
    expression = quote('traits.username eq "nobody"')
    assert listed(platform, f"filter={expression}") == {"identities": [], "total_size": 0}


@pytest.mark.parametrize(
    "expression",
    [
        'traits.username eq "a" or traits.username eq "b"',
        'traits.username eq "a""',
        'traits.username eq "\\ud800"',
        'traits.username eq "\\x"',
        "traits.username eq 'a'",
        'traits.username co "a"',
        'display_name eq "a"',
        "traits.username pr",
        'traits.username eq "' + "x" * 100_000 + '"',
    ],
)
def test_other_filters_are_refused(platform: Platform, expression: str) -> None:
    """N128."""
    answer = platform.manage("GET", f"/identities?filter={quote(expression)}")
    assert refused_fields(answer) == ["filter"]


def test_head_answers_like_get_without_a_body(platform: Platform) -> None:
    assert platform.manage("HEAD", "/identities").body == b""
